package i18n

// Sentences about what hangs on the village board.
func init() {
	register("bulletin.no_village", "请先选一个村，再打印积分公示。", "Please choose a village first.")
	register("bulletin.future_month", "这个月还没有到。", "This month has not begun yet.")
}
