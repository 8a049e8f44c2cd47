package i18n

// Sentences about points that run out.
func init() {
	register("expiry.not_yours", "积分有效期由镇里或区里定，您只能看。", "Officials of the town or district say when points expire. You may only look.")
	register("expiry.months", "请填 {minimum} 到 {maximum} 个月。", "Enter {minimum} to {maximum} [month|months].")
	register("expiry.no_months", "不过期的规则不用填几个月。", "A rule under which points stay has no months.")
	register("expiry.far_day", "最多只能提前 {months} 个月定。", "A rule can be laid down {months} [month|months] ahead at most.")
	register("expiry.past_day", "只能从今天（{today}）或以后开始。", "It can begin today ({today}) or later.")
	register("expiry.village_or_above", "有效期按村或镇来定，不按村民小组。", "The rule is set for a village or above, not for a group.")
	register("expiry.same_rule", "那天本来就是这个规定，不用再定一次。", "This rule holds on that day anyway.")
	register("expiry.column.village", "村", "Village")
	register("expiry.column.group", "组", "Group")
	register("expiry.column.number", "门牌号", "House number")
	register("expiry.column.name", "户主", "Head of household")
	register("expiry.column.points", "到期积分", "Points that expire")
	register("expiry.column.expires_on", "最后一天", "Last day")
	register("seal.accounts.expired", "已过期", "Expired")
	register("statement.expired", "到期没有用完", "Not spent in time")
}
