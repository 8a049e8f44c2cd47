package i18n

// Sentences about what a town pays its shops.
func init() {
	register("settlement.unknown", "没有这张结算单。", "There is no such settlement.")
	register("settlement.month_not_over", "这个月还没有过完，过完以后再出结算单。", "This month is not over yet. A settlement is drawn up after its end.")
	register("settlement.exists", "{month} 的结算单已经出了。", "There is a settlement for {month} already.")
	register("settlement.nothing", "到 {month} 为止没有要结算的兑换。", "Up to {month} there is nothing to settle.")
	register("settlement.not_positive", "撤销的比兑换的多，这次不用付款，留到下一次一起算。", "More was taken back than redeemed. It is left for the next settlement.")
	register("settlement.not_draft", "这张结算单已经交上去了。", "This settlement was submitted before.")
	register("settlement.not_submitted", "店里还没有交这张结算单。", "The shop has not submitted this settlement yet.")
	register("settlement.already_decided", "{name} 在 {day} 已经审过这张结算单。", "{name} decided on this settlement on {day}.")
	register("settlement.not_approved", "这张结算单还没有审核通过，不能付款。", "This settlement is not approved, so it cannot be paid.")
	register("settlement.already_paid", "这张结算单已经付过款，凭证号 {reference}。", "This settlement was paid before, by {reference}.")
	register("settlement.same_person", "出单、审核、付款要由不同的人做，请让别人来。", "Drawing up, approving and paying are done by different people. Somebody else has to do this.")
	register("settlement.person_only", "这一步要由人来做，接口不行。", "A person has to do this, not a machine.")
	register("settlement.reason_missing", "请写明为什么退回。", "Please say why it is rejected.")
	register("settlement.reference_missing", "请填写付款凭证号。", "Please enter the reference of the payment.")
	register("settlement.paid_on", "付款日期应在审核通过那天到今天之间。", "The day of the payment is between the approval and today.")
	register("settlement.too_long", "请不要超过 {limit} 个字。", "Please use {limit} [character|characters] at most.")

	register("settlement.sheet", "结算单", "Settlement")
	register("settlement.sheet_title", "{shop} {month} 结算单 {number}", "{shop}, settlement {number} for {month}")
	register("settlement.sheet_total", "{items} 笔，{total_points} 分，{yuan} 元", "{items} [item|items], {total_points} [point|points], {yuan} yuan")
	register("settlement.column.number", "兑换单号", "Receipt")
	register("settlement.column.day", "日期", "Day")
	register("settlement.column.kind", "类别", "Kind")
	register("settlement.column.points", "积分", "Points")
	register("settlement.column.yuan", "金额（元）", "Amount (yuan)")
	register("settlement.kind.redemption", "兑换", "redeemed")
	register("settlement.kind.back", "撤销（前期已结算）", "taken back (settled before)")
}
