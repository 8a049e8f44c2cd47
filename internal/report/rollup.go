package report

import "database/sql"

// The rollups have a row for each village and day (yyyymmdd) or month (yyyymm),
// with the classes side by side.

// rollupCategories are the classes of the rollups; "*" counts visits, all
// classes together.
var rollupCategories = []string{"*", "food", "recyclable", "hazardous", "residual"}

// rollupSums are the columns of the rollups that add up, in the order of
// rollupCategories.
var rollupSums = func() []string {
	columns := []string{"households", "drop_offs", "grams", "points"}
	for _, category := range rollupCategories[1:] {
		columns = append(columns, category+"_drop_offs", category+"_grams", category+"_points")
	}
	return columns
}()

// scanRollup scans a row of some key columns and rollupSums.
func scanRollup(rows *sql.Rows, key ...any) (classes [5]RollupCell, err error) {
	to := append(key, &classes[0].Households)
	for i := range classes {
		to = append(to, &classes[i].DropOffs, &classes[i].Grams, &classes[i].Points)
	}
	return classes, rows.Scan(to...)
}
