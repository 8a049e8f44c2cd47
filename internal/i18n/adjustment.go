package i18n

// Sentences about points that people move by hand.
func init() {
	register("adjustment.unknown", "没有这笔调整。", "There is no such adjustment.")
	register("adjustment.no_points", "请填写加多少分或减多少分。", "Please enter how many points to give or take.")
	register("adjustment.too_many_points", "一次最多 {limit_points} 分。", "At most {limit_points} [point|points] at once.")
	register("adjustment.reason_missing", "请写明原因，公示时大家都看得到。", "Please say why. Everybody can read it on the public list.")
	register("adjustment.too_long", "请不要超过 {limit} 个字。", "Please use {limit} [character|characters] at most.")
	register("adjustment.person_only", "这一步要由人来做，接口不行。", "A person has to do this, not a machine.")
	register("adjustment.same_person", "自己提的要由另一个人来审。", "You proposed this, so somebody else has to decide.")
	register("adjustment.already_decided", "{name} 在 {day} 已经处理过了。", "{name} decided on this on {day}.")
	register("adjustment.already_reversed", "这一笔已经撤销了。", "This was taken back before.")
	register("adjustment.nothing_to_reverse", "这一笔没有记过分，没有可撤销的。", "No points moved for this, so there is nothing to take back.")
	register("adjustment.reversal_proposed", "已经有人申请撤销这一笔，正等另一个人审。", "Somebody asked for this to be taken back already. It waits for a second person.")
	register("adjustment.board_too_long", "一页最多公示 {limit} 笔，请分村公示。", "A list holds {limit} at most. Please post it village by village.")

	register("adjustment.title", "{place} {month} 积分调整公示", "{place}, points adjusted in {month}")
	register("adjustment.column.day", "日期", "Day")
	register("adjustment.column.village", "村", "Village")
	register("adjustment.column.house", "门牌号", "House")
	register("adjustment.column.name", "户主", "Head")
	register("adjustment.column.kind", "类别", "Kind")
	register("adjustment.column.points", "积分", "Points")
	register("adjustment.column.reason", "原因", "Reason")
	register("adjustment.column.by", "经办", "Done by")
	register("adjustment.column.approved", "审批", "Approved by")
	register("adjustment.kind.given", "补发", "given by hand")
	register("adjustment.kind.taken", "扣减", "taken by hand")
	register("adjustment.kind.drop_off", "撤销投放", "drop-off taken back")
	register("adjustment.kind.redemption", "撤销兑换", "redemption taken back")
	register("adjustment.kind.adjustment", "撤销调整", "adjustment taken back")

	register("setting.adjustment_limit_points", "一个人每月最多给一户调多少分，超过要第二个人审", "Points one person alone may adjust for a household in a month")
	register("setting.clawback_share_permille", "记分时最多拿几成还欠分", "Share of an award that works off points owed")
}
