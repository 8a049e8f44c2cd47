package i18n

// Sentences about households and their cards.
func init() {
	register("card.mistyped", "卡码不对，请对照户卡再看一遍，或者重新扫码。", "That is not a card code. Please check it against the card, or scan it again.")
	register("card.unknown", "没有这张户卡。", "There is no such card.")
	register("card.revoked", "这张户卡已于 {day} 作废。", "This card was revoked on {day}.")
	register("card.replaced", "这张户卡已于 {day} 换成新卡，请用新卡。", "This card was replaced on {day}. Please use the new card.")
	register("household.closed", "这一户已经销户。", "This household is closed.")
}
