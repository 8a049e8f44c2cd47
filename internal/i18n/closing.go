package i18n

// Sentences about budgets, what is outstanding, and closing a month.
func init() {
	register("liability.day", "请选今天或以前的一天。", "Please choose today or a day before.")
	register("liability.sheet", "未兑换积分", "Outstanding points")
	register("liability.note", "{day} 日终未兑换的积分，按当天的积分价值折算。", "Points outstanding at the end of {day}, at the value of a point on that day.")
	register("liability.column.town", "乡镇", "Town")
	register("liability.column.village", "村", "Village")
	register("liability.column.points", "未兑换积分", "Outstanding points")
	register("liability.column.value", "每分价值（元）", "Value of a point (yuan)")
	register("liability.column.yuan", "折合（元）", "In yuan")
	register("liability.column.clawback", "住户待扣积分", "Points still to be worked off")
	register("liability.column.owed", "欠兑换点的积分", "Points owed to shops")
	register("liability.column.owed_yuan", "折合（元）", "In yuan")
	register("liability.total", "合计", "Total")

	register("closing.month_not_over", "这个月还没有过完。", "This month is not over yet.")
	register("closing.already_closed", "{month} 已经结账了。", "{month} is closed already.")
	register("closing.not_next", "要一个月一个月地结，现在该结 {month}。", "Months are closed one after the other; {month} is next.")
	register("closing.before_first", "第一笔记录在 {month}，从这个月结起。", "The first record is of {month}. Closing begins with that month.")
	register("closing.nothing", "还没有任何记录，没有可结的月份。", "Nothing is recorded yet, so there is no month to close.")
	register("closing.blocked", "还有 {count} 件事没有办完，办完才能结账。", "{count} [thing stands|things stand] in the way. The month can be closed when [it is|they are] done.")
	register("closing.unsealed", "还有 {count} 笔记录没有封存，请等一分钟再试。要是一直这样，请管理员看看各台服务器的时钟差多少。", "{count} [record is|records are] not sealed yet. Please try again in a minute. If it stays like that, ask the administrator whether the servers' clocks agree.")
	register("closing.meanwhile", "别人正在办这个月的结账，请刷新看看。", "Somebody else is closing this month. Please load the page again.")
	register("closing.person_only", "这一步要由人来做，接口不行。", "A person has to do this, not a machine.")
	register("closing.reason_missing", "请写明为什么要重开。", "Please say why it should be re-opened.")
	register("closing.reason_long", "请不要超过 {limit} 个字。", "Please use {limit} [character|characters] at most.")
	register("closing.not_closed", "{month} 还没有结账。", "{month} is not closed.")
	register("closing.not_newest", "只能重开最近结账的月份，现在是 {month}。", "Only the month that was closed last can be re-opened; that is {month}.")
	register("closing.already_asked", "已经有人申请重开这个月了。", "Somebody has asked for this month to be re-opened already.")
	register("closing.not_asked", "没有人申请重开这个月。", "Nobody has asked for this month to be re-opened.")
	register("closing.same_person", "申请和同意重开要由两个人做，请让别人来同意。", "Who asks and who re-opens are two people. Somebody else has to do this.")

	register("budget.not_yours", "您只能看预算，不能改。", "You can look at budgets but not change them.")
	register("budget.level", "预算设在村、镇或区，不设在村民小组。", "A budget belongs to a village, town or district, not to a village group.")
	register("budget.past_month", "预算从 {month} 起，不能改以前的月份。", "A budget begins in {month} or later.")
	register("budget.points", "请填写积分数，不能小于 0。", "Please enter a number of points, from 0 on.")
}
