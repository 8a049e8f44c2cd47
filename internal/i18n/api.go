package i18n

// Sentences about requests that break the contract, and about who may ask.
func init() {
	register("rule.required", "这一项必须填写。", "This is required.")
	register("rule.repeated", "这一项只能给一次。", "This may be given only once.")
	register("rule.unknown_field", "没有这一项。", "There is no such field.")
	register("rule.unexpected", "这里不应有内容。", "Nothing is expected here.")
	register("rule.object", "这里应是一组字段。", "This must be an object.")
	register("rule.array", "这里应是一个列表。", "This must be a list.")
	register("rule.text", "这里应是文字。", "This must be text.")
	register("rule.integer", "这里应是整数。", "This must be a whole number.")
	register("rule.number", "这里应是数字。", "This must be a number.")
	register("rule.boolean", "这里应是 true 或 false。", "This must be true or false.")
	register("rule.min", "不能小于 {min}。", "This must be at least {min}.")
	register("rule.max", "不能大于 {max}。", "This must be at most {max}.")
	register("rule.min_length", "至少要有 {min} 个字。", "This must have at least {min} [character|characters].")
	register("rule.max_length", "最多 {max} 个字。", "This may have at most {max} [character|characters].")
	register("rule.min_items", "至少要有 {min} 项。", "There must be at least {min} [item|items].")
	register("rule.max_items", "最多 {max} 项。", "There may be at most {max} [item|items].")
	register("rule.choice", "只能是其中之一：{choices}。", "This must be one of: {choices}.")
	register("rule.pattern", "格式不对。", "This does not have the right form.")
	register("rule.uuid", "编号的格式不对。", "This is not an identifier (UUID).")
	register("rule.date_time", "时间的格式不对，应如 2026-07-14T06:30:00Z。", "This is not a time such as 2026-07-14T06:30:00Z.")
	register("rule.day", "没有这一天，日期应如 2026-07-14。", "There is no such day; a date looks like 2026-07-14.")
	register("rule.month", "没有这个月份，应如 2026-07。", "There is no such month; it looks like 2026-07.")
	register("rule.control_character", "含有不能使用的字符。", "This holds a character that cannot be used.")

	register("request.wrong_media_type", "内容的类型不对，这里接受：{accepted}。", "This kind of content is not accepted here; send {accepted}.")
	register("request.bad_day", "没有这一天，日期应如 2026-07-14。", "There is no such day; a date looks like 2026-07-14.")
	register("request.bad_cursor", "翻页标记不对，请从第一页重新开始。", "That page marker is not valid. Please start again from the first page.")
	register("request.csrf", "页面已过期，请刷新后再试。", "This page is out of date. Please reload it and try again.")

	register("session.needed", "请先登录。", "Please sign in first.")
	register("role.not_allowed", "您的身份不能做这件事。请找有权限的人办理。", "Your role may not do this. Please ask somebody whose role may.")
}
