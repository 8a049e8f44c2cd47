package i18n

// Sentences about collection points and weigh-ins.
func init() {
	register("collection.not_village", "{name}不是村，请选一个村。", "{name} is not a village. Please choose a village.")

	register("collection_point.unknown", "没有这个收集点，或者不在您的管辖范围内。", "There is no such collection point, or it is outside your area.")
	register("collection_point.name_missing", "请填写收集点的名称。", "Please enter the name of the collection point.")
	register("collection_point.name_too_long", "收集点的名称最多 {limit} 个字。", "The name of a collection point has at most {limit} [character|characters].")
	register("collection_point.half_a_place", "经度和纬度要一起填。", "Latitude and longitude go together.")
	register("collection_point.nowhere", "没有这样的经纬度。", "There is no such latitude or longitude.")
	register("collection_point.closed_before_opened", "停用日期不能早于启用日期 {opened_on}。", "The point cannot close before it opened on {opened_on}.")

	register("weigh_in.unknown", "没有这张过磅单。", "There is no such weighbridge ticket.")
	register("weigh_in.duplicate", "{station}的 {ticket_number} 号过磅单已在 {day} 录入过，没有再记一次。要改请用“更正”。",
		"Ticket {ticket_number} of {station} was already recorded on {day} and was not counted again. Use “correct” to change it.")
	register("weigh_in.outdated", "这张过磅单刚被别人更正过，请打开最新的一版再改。", "Somebody has corrected this ticket meanwhile. Please open the newest version.")
	register("weigh_in.nothing_changed", "没有改动，不用更正。", "Nothing was changed, so there is nothing to correct.")
	register("weigh_in.reason_missing", "请写明更正的原因。", "Please give the reason for the correction.")
	register("weigh_in.reason_too_long", "原因最多 {limit} 个字。", "The reason has at most {limit} [character|characters].")
	register("weigh_in.period_fixed", "这是按期上报的数，日期不能改；请作废后重新录入。", "This is a figure reported for a period, its days cannot be changed. Void it and record it again.")

	register("weigh_in.station_missing", "请填写转运站（过磅的地方）。", "Please enter the station where it was weighed.")
	register("weigh_in.station_too_long", "转运站的名称最多 {limit} 个字。", "The name of the station has at most {limit} [character|characters].")
	register("weigh_in.ticket_number_missing", "请填写票号，同一张过磅单才不会记两次。", "Please enter the ticket number, so that no ticket is counted twice.")
	register("weigh_in.ticket_number_too_long", "票号最多 {limit} 个字。", "The ticket number has at most {limit} [character|characters].")
	register("weigh_in.vehicle_too_long", "车牌最多 {limit} 个字。", "The vehicle has at most {limit} [character|characters].")
	register("weigh_in.category_unknown", "类别应为厨余、可回收物、有害或其他垃圾。", "The category is food, recyclable, hazardous or residual.")
	register("weigh_in.day_unknown", "请填写一个真实的日期。", "Please enter a date that exists.")
	register("weigh_in.future_day", "日期 {day} 还没有到（今天是 {today}）。", "{day} has not come yet (today is {today}).")
	register("weigh_in.period_reversed", "最后一天不能早于第一天。", "The last day cannot be before the first.")
	register("weigh_in.period_too_long", "一次上报最多 {limit} 天。", "A reported period has at most {limit} [day|days].")

	register("weigh_in.weight_missing", "请填写净重，或者毛重和皮重。", "Please enter the net weight, or gross and tare.")
	register("weigh_in.weight_negative", "重量不能小于零。", "A weight cannot be below zero.")
	register("weigh_in.net_not_positive", "净重应大于零。", "The net weight must be above zero.")
	register("weigh_in.net_above_gross", "净重 {net_grams} 公斤比毛重 {gross_grams} 公斤还重。", "The net weight of {net_grams} kg is above the gross weight of {gross_grams} kg.")
	register("weigh_in.net_mismatch", "毛重 {gross_grams} 减皮重 {tare_grams} 是 {difference_grams} 公斤，不是净重 {net_grams} 公斤。",
		"Gross {gross_grams} less tare {tare_grams} is {difference_grams} kg, not the net weight of {net_grams} kg.")
	register("weigh_in.too_heavy", "一张过磅单最多 {limit_tonnes} 吨，请检查单位。", "One ticket has at most {limit_tonnes} t. Please check the unit.")
	register("weigh_in.buckets_and_weight", "桶数和重量只填一种。", "Enter buckets or a weight, not both.")
	register("weigh_in.buckets_one_day", "按桶估算只能填一天。", "An estimate from buckets is for one day.")
	register("weigh_in.buckets_out_of_range", "桶数应大于零，最多 {limit} 桶。", "The number of buckets is above zero and at most {limit}.")

	register("weigh_in.column_missing", "表头里没有“{heading}”这一列。", "The sheet has no column “{heading}”.")
	register("weigh_in.column_twice", "“{heading}”与另一列的意思相同，请只留一列。", "“{heading}” means the same as another column. Please keep one.")
	register("weigh_in.period_unreadable", "日期“{text}”看不懂，应写成 2026-07-14、2026-07 或 2026。", "The date “{text}” cannot be read. Write 2026-07-14, 2026-07 or 2026.")
	register("weigh_in.category_unreadable", "类别“{text}”不认识，应为厨余垃圾、可回收物、有害垃圾或其他垃圾。", "The category “{text}” is not known. Use food, recyclable, hazardous or residual.")
	register("weigh_in.weight_unreadable", "重量“{text}”不是数字，或者小数太多。", "The weight “{text}” is not a number, or has too many decimals.")
	register("weigh_in.village_unknown", "在管辖范围内没有叫“{name}”的村。", "There is no village “{name}” within your scope.")
	register("weigh_in.village_ambiguous", "有 {count} 个村叫“{name}”，请加一列乡镇，或写区划代码。", "{count} [village is|villages are] called “{name}”. Add a column with the town, or write the code.")
	register("weigh_in.twice_in_sheet", "{station}的票号 {ticket_number} 在表里出现了两次，内容不同。", "Ticket {ticket_number} of {station} is in the sheet twice with different content.")
	register("weigh_in.import_overtaken", "导入期间有人录入了同一张过磅单，请再导入一次。", "Somebody recorded one of these tickets during the import. Please import again.")
	register("mapping.invalid", "对应关系写得不对：{what}", "The mapping is not right: {what}")
}
