package i18n

// Sentences of reviews, objection periods and objections.
func init() {
	register("drop_off.own_review", "自己记的自己不能审，请别的村干部或镇里审。", "You recorded this one. Another cadre or the town has to review it.")
	register("drop_off.still_posted", "这一笔公示到 {day}，没人提异议就自动入账，现在不能提前入账。", "It is posted until {day} and counts by itself if nobody objects. It cannot be credited before.")
	register("drop_off.not_posted", "这一笔不在公示期内，不能再提异议。", "Its objection period is over, or it has none.")
	register("drop_off.line_unknown", "这一笔没有这一项，或者同一项改了两次。", "There is no such item in it, or it is corrected twice.")
	register("drop_off.nothing_corrected", "这一项记的不是这个数，什么也没有改。请改原来记的重量、数量或者等级。", "That is not what was recorded of this item, so nothing would change. Please correct the weight, count or grade that was recorded.")
	register("drop_off.refused_corrected", "退回的不能同时改。", "What is refused cannot be corrected too.")
	register("tariff.bad_crediting", "公示最多 {maximum} 天。", "An objection period has at most {maximum} [day|days].")

	register("statement.waits.review", "等村里审", "waits for the village's review")
	register("statement.waits.posted", "公示到 {day}，没人提异议就入账", "posted until {day}; counts if nobody objects")
	register("statement.waits.objected", "有人提了异议（{reason}），等村里审", "somebody objected ({reason}); waits for the village's review")
	register("statement.refused", "没有入账：{reason}", "not credited: {reason}")
	register("statement.corrected", "村里改过，原来记的是 {recorded}：{reason}", "corrected by the village, recorded as {recorded}: {reason}")
}
