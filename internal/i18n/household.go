package i18n

// Sentences about households and their cards.
func init() {
	register("household.unknown", "没有这一户，或者不在您的管辖范围内。", "There is no such household, or it is outside your area.")
	register("household.closed", "这一户已经销户，户卡不能再用。", "This household is closed; its card cannot be used any more.")
	register("household.number_taken", "这里已经有门牌号 {house_number} 的一户。", "There is already a household with number {house_number} here.")
	register("household.no_place", "请选择一个村民小组，或者没有分组的村。", "Please choose a village group, or a village without groups.")
	register("household.no_id", "请求里缺少编号。", "The request has no id.")
	register("household.name", "户主姓名应为 1–{limit} 个字，不能是空的，也不能有乱码。", "The name must have 1 to {limit} [character|characters] and no damaged ones.")
	register("household.number", "门牌号应为 1–{limit} 个字。", "The house number must have 1 to {limit} [character|characters].")
	register("household.phone", "电话应为 11 位手机号，或带区号的座机号；没有就空着。", "The phone must be a mobile number of 11 digits or a landline with area code; leave it empty if there is none.")
	register("household.member_count", "人口数应为 1–{limit} 的整数。", "The number of people must be a whole number from 1 to {limit}.")
	register("household.future_day", "人口数的起始日期不能在今天以后。", "The number of people cannot begin after today.")
	register("household.early_day", "起始日期应为 2000 年以后存在的日期。", "The first day must be an existing date from 2000 on.")
	register("household.stays_closed", "销户以后不能恢复，请重新登记。", "A closed household cannot be opened again. Please register it anew.")
	register("household.no_reason", "请写明查看的原因。", "Please say why you need to see it.")
	register("household.wrong_sign_in", "户卡或密码不对。", "The card or the PIN is wrong.")

	register("pin.malformed", "密码应为 4 到 6 位数字。", "The PIN must have 4 to 6 digits.")
	register("pin.trivial", "这个密码太容易猜到，请换一个。", "This PIN is too easy to guess. Please choose another.")
	register("pin.wrong", "密码不对。", "The PIN is wrong.")
	register("pin.not_set", "这一户还没有设置密码。", "This household has no PIN yet.")
	register("confirmation.wrong", "确认码不对。", "The confirmation code is wrong.")
	register("confirmation.expired", "确认码已过期，请村干部重新开一个。", "The confirmation code has expired. Please ask the cadre for a new one.")
	register("confirmation.used", "这个确认码已经用过了。", "This confirmation code has been used.")

	register("card.mistyped", "卡码不对，请对照户卡再看一遍，或者重新扫码。", "That is not a card code. Please check it against the card, or scan it again.")
	register("card.unknown", "没有这张户卡，或者不在您的管辖范围内。", "There is no such card, or it is outside your area.")
	register("card.revoked", "这张户卡已于 {day} 作废。", "This card was revoked on {day}.")
	register("card.replaced", "这张户卡已于 {day} 换成新卡，请用新卡。", "This card was replaced on {day}. Please use the new card.")
	register("card.no_id", "请求里缺少户卡的编号。", "The request has no card id.")
	register("card.already_issued", "这一户已经有一张能用的户卡；丢了请办补换。", "This household already has a live card. If it is lost, replace it.")
	register("card.already_replaced", "这张户卡已经换过了。", "This card has already been replaced.")
	register("card.no_selection", "请选择一个村、一个村民小组，或者要打印的户。", "Please choose a village, a village group, or the households to print.")
	register("card.too_many", "一次最多打印 {limit} 张户卡，请按村民小组分开打印。", "At most {limit} [card|cards] can be printed at once. Please print group by group.")
	register("card.other_key", "这些户卡是用另一把密钥做的，服务器现在没有那把密钥，不能重印。请找回密钥文件，或者给这些户换新卡。", "These cards were made with another key than the server has now, so they cannot be printed again. Restore the key file, or replace the cards.")

	register("print.cards", "户卡", "Household cards")
	register("print.hint", "共 {cards} 张。打印时选 A4 纸、缩放 100%、无边距，不要页眉页脚；沿裁切线剪开后过塑。", "{cards} [card|cards]. Print on A4 at 100 %, without margins, headers or footers; cut along the marks and laminate.")
	register("print.use_scan", "微信扫一扫看积分", "Scan to see your points")
	register("print.use_bring", "投放、兑换都带上它", "Bring it to drop off or redeem")
	register("print.slug", "{from} 到 {to} 第 {sheet} 张，共 {sheets} 张 剪开后过塑", "{from} to {to}, sheet {sheet} of {sheets}, cut and laminate")
}
