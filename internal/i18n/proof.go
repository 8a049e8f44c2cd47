package i18n

func init() {
	register("seal.none", "还没有封存。", "Nothing has been sealed yet.")
	register("export.not_all", "整本账只给管辖全部地区的人；可以导出本辖区的表格。", "The whole book is for those whose scope is everything; tables of your own divisions can be exported.")
	register("export.busy", "正在为别人导出，请过几分钟再试。", "The book is being exported for somebody else. Try again in a few minutes.")
	register("receipt.mistyped", "回执码不对，请再核对一遍：共 24 位，数字和字母。", "The receipt code is not right. Check its 24 digits and letters again.")
}
