package collection

import "strings"

// Category is a class of GB/T 19095-2019.
type Category string

// The categories.
const (
	Food       Category = "food"       // 厨余(易腐)垃圾
	Recyclable Category = "recyclable" // 可回收物
	Hazardous  Category = "hazardous"  // 有害垃圾
	Residual   Category = "residual"   // 其他垃圾: what goes to disposal
)

// Valid reports whether the category is one of the four.
func (c Category) Valid() bool {
	return c == Food || c == Recyclable || c == Hazardous || c == Residual
}

// categoryNames are the words people write into a sheet, longest meaning first
// where one is part of another.
var categoryNames = map[string]Category{
	"food": Food, "厨余垃圾": Food, "厨余": Food, "易腐垃圾": Food, "厨余(易腐)垃圾": Food, "湿垃圾": Food, "会烂": Food,
	"recyclable": Recyclable, "可回收物": Recyclable, "可回收": Recyclable, "可回收垃圾": Recyclable, "好卖": Recyclable,
	"hazardous": Hazardous, "有害垃圾": Hazardous, "有害": Hazardous,
	"residual": Residual, "其他垃圾": Residual, "其它垃圾": Residual, "其他": Residual, "其它": Residual, "干垃圾": Residual,
	"不好卖": Residual, "生活垃圾": Residual,
}

// parseCategory reads a category as it is written in a sheet.
func parseCategory(text string) (Category, bool) {
	text = strings.NewReplacer("\uff08", "(", "\uff09", ")", " ", "").Replace(strings.ToLower(text))
	c, ok := categoryNames[text]
	return c, ok
}
