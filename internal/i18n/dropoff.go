package i18n

func init() {
	register("request.id_missing", "缺少编号，请重新提交。", "The id is missing. Please send it again.")

	register("drop_off.unknown", "没有这笔投放记录。", "There is no such drop-off.")
	register("drop_off.item_count", "一次投放记 1 到 {maximum} 项。", "A drop-off has 1 to {maximum} [item|items].")
	register("drop_off.time_missing", "缺少投放时间。", "The time of the drop-off is missing.")
	register("drop_off.weight_not_positive", "重量要大于 0。", "The weight must be more than 0.")
	register("drop_off.weight_missing", "这一类按重量计分，请填重量。", "This class goes by weight. Please enter the weight.")
	register("drop_off.weight_too_large", "重量要在 {maximum_grams} 公斤以内。现在写的是 {read_grams}，是不是多了一位？",
		"The weight must be at most {maximum_grams} kg. It says {read_grams}: is there a digit too many?")
	register("drop_off.pieces_not_positive", "数量要大于 0。", "The count must be more than 0.")
	register("drop_off.pieces_missing", "这一类按个数计分，请填数量。", "This class goes by count. Please enter how many.")
	register("drop_off.pieces_too_many", "数量要在 {maximum} 以内。现在写的是 {pieces}。", "The count must be at most {maximum}. It says {pieces}.")
	register("drop_off.unknown_grade", "分类质量只有优、良、一般、差。", "The grade is excellent, good, fair or poor.")
	register("drop_off.grade_missing", "这一类按分类质量计分，请选优、良、一般或差。", "This class goes by quality. Please choose a grade.")
	register("drop_off.unknown_item", "当天的积分标准里没有这一类。请选别的类别。", "The tariff of that day has no such class. Please choose another.")
	register("drop_off.in_future", "投放时间比现在晚。请把手机时间调准再记。", "The time is later than now. Please set the phone's clock and record it again.")
	register("drop_off.too_old", "投放时间早于 {days} 天前，不能再记。请找村干部处理。", "The time is more than {days} [day|days] ago. Please ask the village cadre.")
	register("drop_off.reason_missing", "请写明原因，住户会看到。", "Please write why; the household will read it.")
	register("drop_off.not_pending", "这一笔已经审过了。", "Somebody has decided about this one already.")
	register("drop_off.already_reversed", "这一笔已经撤销了。", "This one was undone already.")
	register("drop_off.undo_too_late", "过了可以撤销的时间。请找村干部处理。", "It is too late to undo this. Please ask the village cadre.")
	register("drop_off.too_many", "一次最多传 {maximum} 笔，请分几次传。", "Send at most {maximum} at a time.")

	register("photo.unknown", "没有这张照片。", "There is no such photo.")
	register("photo.erased", "这张照片已于 {day} 删除。", "This photo was removed on {day}.")
	register("photo.no_reason", "请写明为什么要删除照片。", "Please say why the photo is to be removed.")
	register("photo.not_a_picture", "这个文件不是照片。请用 JPEG、PNG 或 WebP。", "This file is not a photo. Please use JPEG, PNG or WebP.")
	register("photo.too_large", "照片太大，最多 {limit_kib} KB。", "The photo is larger than {limit_kib} KB.")

	register("tariff.none", "这里 {day} 还没有积分标准。请镇上先定标准。", "There is no tariff here for {day} yet. The town has to set one.")
	register("tariff.in_past", "生效日期不能早于今天({day})。", "It can hold from today ({day}) or later.")
	register("tariff.item_twice", "“{item}”写了两次。", "“{item}” is there twice.")
	register("tariff.cap_twice", "同一个上限写了两次。", "The same cap is there twice.")
	register("tariff.unknown_category", "类别只有厨余、可回收物、有害、其他。", "The class is food, recyclable, hazardous or residual.")
	register("tariff.unknown_basis", "计分方式只有按重量、按个数、按质量。", "Points go by weight, by count or by grade.")
	register("tariff.per_count_missing", "请写几个算一次。", "Please say for how many pieces.")
	register("tariff.negative_points", "分数不能小于 0。", "Points cannot be negative.")

	register("ledger.insufficient_points", "积分不够，还差 {missing_points} 分。", "Not enough points: {missing_points} [is|are] missing.")
}
