package i18n

// Sentences about shops, goods and redemptions.
func init() {
	register("shop.unknown", "没有这个兑换点。", "There is no such shop.")
	register("shop.closed", "这个兑换点已经停业，不能兑换。", "This shop is closed. Nothing can be redeemed here.")
	register("shop.no_place", "兑换点应设在乡镇、村或村民小组里。", "A shop stands in a town, a village or a village group.")
	register("shop.name_missing", "请填写兑换点的名称。", "Please enter the name of the shop.")
	register("shop.closed_in_past", "停业日期不能早于今天（{day}）。", "A shop cannot be closed before today ({day}).")

	register("goods.unknown", "没有这种兑换品。", "There are no such goods.")
	register("goods.hidden", "“{name}”已经下架。", "“{name}” is not on offer any more.")
	register("goods.name_missing", "请填写兑换品的名称。", "Please enter the name of the goods.")
	register("goods.unit_missing", "请填写单位，如块、瓶、袋。", "Please enter the unit, such as piece, bottle or bag.")
	register("goods.price_not_positive", "所需积分应大于零。", "The price must be above zero points.")
	register("goods.price_missing", "请填写从这一天起需要多少积分。", "Please enter the price from that day on.")
	register("goods.price_in_past", "新的积分价格最早从今天（{day}）起算。", "A new price begins today ({day}) at the earliest.")
	register("goods.stock_negative", "库存不能小于零。", "The stock cannot be below zero.")
	register("goods.stock_too_low", "“{name}”只有 {left} 件，不能减这么多。", "There are only {left} of “{name}”. That many cannot be taken away.")
	register("goods.move_of_nothing", "请填写库存变动的数量。", "Please enter by how much the stock changes.")
	register("goods.delivery_negative", "进货数量应大于零。", "A delivery is above zero.")

	register("redemption.unknown", "没有这笔兑换。", "There is no such redemption.")
	register("redemption.item_count", "一次可以换 1 到 {maximum} 种东西。", "A redemption has 1 to {maximum} kinds of goods.")
	register("redemption.quantity", "每种可以换 1 到 {maximum} 件。", "The quantity is between 1 and {maximum}.")
	register("redemption.goods_twice", "同一种东西请只列一次。", "Please list the same goods once only.")
	register("redemption.out_of_stock", "“{name}”不够了，还剩 {left} {unit}。", "Not enough “{name}”: {left} {unit} left.")
	register("redemption.confirmation_missing", "需要村民确认：输入密码，或者拍照、用村干部的确认码。", "The household has to confirm: by PIN, by photo, or by a cadre's code.")
	register("redemption.one_confirmation", "密码、照片和确认码只用一种。", "Confirm by PIN, by photo or by code, not by several.")
	register("redemption.photo_used", "这张照片已经用过了，请重新拍一张。", "This photo was used before. Please take a new one.")
	register("redemption.already_reversed", "这笔兑换已经撤销了。", "This redemption was cancelled before.")
	register("redemption.undo_too_late", "只能在当天撤销，这笔兑换是 {day} 的。", "A redemption can be cancelled on its own day only. This one is of {day}.")
}
