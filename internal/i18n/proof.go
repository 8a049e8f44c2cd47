package i18n

func init() {
	register("receipt.mistyped", "回执码不对，请再核对一遍：共 24 位，数字和字母。", "The receipt code is not right. Check its 24 digits and letters again.")
}
