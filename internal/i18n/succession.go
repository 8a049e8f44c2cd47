package i18n

// Sentences about households that split, are merged, move or end.
func init() {
	register("household.not_closed", "这一户还没有销户。", "This household is not closed yet.")
	register("household_change.kind", "没有这种办理。", "There is no such change.")
	register("household_change.reason", "请写明原因，2–{limit} 个字。", "Please give the reason, 2 to {limit} [character|characters].")
	register("household_change.no_place", "请填写新的住处。", "Please enter the new place.")
	register("household_change.no_target", "请选择并入哪一户。", "Please choose the household they join.")
	register("household_change.same_household", "不能选择同一户。", "That is the same household.")
	register("household_change.points_negative", "积分不能小于零。", "The points cannot be below zero.")
	register("household_change.target_closed", "接收的那一户已经销户。", "The household that should receive is closed.")
	register("household_change.nobody", "{day} 这一户还没有人，请选晚一些的日期。", "The household has no people on {day}. Please choose a later day.")
	register("household_change.counted_later", "{day} 起另有人口登记，请选这一天或以后的日期。", "People are counted anew from {day}. Please choose that day or a later one.")
	register("household_change.waiting", "还有 {drop_offs} 次投放等待审核，请先审核完。", "{drop_offs} [drop-off still waits|drop-offs still wait] for a decision. Please decide [it|them] first.")
	register("household_change.proposed", "还有 {adjustments} 笔积分调整等第二个人决定，请先办完。", "{adjustments} [adjustment of points still waits|adjustments of points still wait] for a second person. Please decide [it|them] first.")
	register("household.not_empty", "这一户还有 {balance_points} 分（欠 {owed_points} 分），不能直接销户。请在“分户、并户、迁移、销户”里办，写明积分归谁。",
		"This household still has {balance_points} [point|points] (and owes {owed_points}). Close it under “Split, merge, move, close”, which says who gets them.")
	register("household_change.members", "分出的人数应为 1 人以上，少于全户的 {members} 人。", "At least 1 person goes, and fewer than all {members}.")
	register("household_change.too_many_points", "这一户只有 {balance_points} 分。", "The household has only {balance_points} [point|points].")
	register("household_change.too_many", "合并以后超过 {limit} 人。", "Together they would be more than {limit} [person|people].")
	register("household_change.same_place", "住处没有变。", "The place is the same.")
	register("household_change.no_rest", "这一户没有剩下的积分。", "The household has no points left.")

	register("statement.change.split", "分户，分出 {members} 人", "Split, {members} [person|people] left")
	register("statement.change.split_in", "从 {house} 分出来", "Split from {house}")
	register("statement.change.merge", "并入 {target}", "Merged into {target}")
	register("statement.change.merge_in", "{house} 并入", "{house} merged into this household")
	register("statement.change.move", "迁到 {target}", "Moved to {target}")
	register("statement.change.move_in", "从 {house} 迁来", "Moved from {house}")
	register("statement.change.close", "销户", "Household closed")
	register("statement.change.close_in", "{house} 销户，积分转来", "{house} was closed, its points come here")
	register("statement.change.rest", "销户后余分结转", "Points that came after closing")
	register("statement.change.rest_in", "{house} 销户后的余分", "{house}: points that came after closing")
	register("seal.accounts.closed", "销户作废", "given up with households")
}
