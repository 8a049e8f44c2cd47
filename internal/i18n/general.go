package i18n

// Sentences of the service as a whole, and the titles of the fault kinds
// ("kind." + fault.Kind.String()).
func init() {
	register("kind.internal", "系统出错", "Internal error")
	register("kind.malformed", "请求格式不对", "Malformed request")
	register("kind.unauthorized", "请先登录", "Not logged in")
	register("kind.forbidden", "没有权限", "Not allowed")
	register("kind.not_found", "没有找到", "Not found")
	register("kind.conflict", "与已有的记录不一致", "Conflict")
	register("kind.too_large", "内容太大", "Too large")
	register("kind.invalid", "填写有误", "Invalid input")
	register("kind.refused", "不能办理", "Refused")
	register("kind.limited", "操作太频繁", "Too many requests")
	register("kind.unavailable", "暂时不可用", "Unavailable for now")

	register("request.invalid", "有几项填写不对，请按提示修改。", "Some fields are wrong. Please correct them as shown.")
	register("request.malformed", "请求的格式不对，服务器没有读懂，什么也没有保存。", "The request could not be read. Nothing was saved.")
	register("request.too_large", "内容太大，超过了 {limit_kib} KB 的上限。", "The request is larger than the limit of {limit_kib} KB.")
	register("request.limited", "操作太频繁，请 {seconds} 秒后再试。", "Too many requests. Please try again in {seconds} [second|seconds].")
	register("request.unknown_route", "没有这个地址。", "There is no such address.")
	register("request.method_not_allowed", "这个地址不支持该操作。", "This address does not support that method.")
	register("request.id_reused", "这个编号已经用于另一条内容不同的记录。", "This id was already used with different content.")

	register("server.internal", "系统出错了。请把编号 {request_id} 告诉管理员。", "Something went wrong on our side. Please tell the administrator this number: {request_id}.")
	register("server.busy", "现在人太多，还没有记下。请稍等一下再传。", "Too many are sending at once. Nothing was saved yet; please send again in a moment.")
	register("server.stopping", "服务器正在重启，还没有记下。请稍等一下再传。", "The server is restarting. Nothing was saved yet; please send again in a moment.")
	register("server.unavailable", "服务器暂时不能确认结果。请稍后用同一编号重试，不会重复记录。", "The server cannot confirm the outcome yet. Try again with the same id; nothing will be counted twice.")
}
