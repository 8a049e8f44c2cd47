package intake

import (
	"io"

	"hufen/internal/collection"
	"hufen/internal/sheet"
)

// WriteTemplate writes an empty .xlsx of a kind, with the columns, an example
// row that imports pass over, and a sheet with the rules.
func WriteTemplate(w io.Writer, kind Kind) error {
	switch kind {
	case Divisions:
		return sheet.WriteTemplate(w, "行政区划", "填写说明", divisionTemplate)
	case WeighIns:
		return sheet.WriteTemplate(w, "过磅单", "填写说明", weighInTemplate())
	}
	return sheet.WriteTemplate(w, "户册", "填写说明", rosterTemplate)
}

var rosterTemplate = []sheet.Column{
	{Header: "村编码或村名", Example: "示例 511702101201", Width: 20, Rule: "12 位村编码,或者村名。只导入一个村、并且上传时选了这个村的,可以空着。示例这一行不会导入。"},
	{Header: "组", Example: "3组", Rule: "村民小组的号数或名称,如 3、三组、上坝子。没有分组的村空着。还没有的组会在这个村下面新建。"},
	{Header: "门牌号", Example: "12", Rule: "必填,1–30 个字,同一个组里不能重复。12、12号、012 当作同一个门牌号。"},
	{Header: "户主姓名", Example: "张小芳", Width: 14, Rule: "必填,1–60 个字。打印的户卡和公示栏上不会出现姓名。"},
	{Header: "人口数", Example: "4", Rule: "必填,1–30 的整数,常住人口。"},
	{Header: "电话", Example: "13812345678", Width: 16, Rule: "可以空着。11 位手机号,或带区号的座机号。已有的电话不会因为空着而被删掉。"},
	{Header: "起始日期", Example: "2026-07-01", Width: 14, Rule: "可以空着,空着就从导入当天算起。从哪一天起按这个人口数计算人均量。"},
}

var divisionTemplate = []sheet.Column{
	{Header: "编码", Example: "示例 511702101201", Width: 20, Rule: "统计用区划代码,2、4、6、9 或 12 位。村民小组没有编码,空着。示例这一行不会导入。"},
	{Header: "名称", Example: "青竹湾村", Width: 16, Rule: "必填。"},
	{Header: "级别", Example: "村", Rule: "省、市、区县、乡镇、村、组。可以空着,由编码的位数决定。"},
	{Header: "上级编码", Example: "511702101", Width: 16, Rule: "村民小组必填所在村的编码,其他可以空着。"},
	{Header: "起始日期", Example: "", Width: 14, Rule: "可以空着。"},
	{Header: "截止日期", Example: "", Width: 14, Rule: "可以空着;撤销、合并的填最后一天。"},
}

// weighInExamples and weighInRules are in the order of collection's headings.
var (
	weighInExamples = []string{"示例 2026-07-01", "罗江镇", "青竹湾村", "其他垃圾", "5230", "3180", "2050", "川S12345", "A-000123", "罗江转运站"}
	weighInRules    = []string{
		"必填,过磅的日期;按月、按年上报的填 2026-07 或 2026。示例这一行不会导入。",
		"有同名的村时必填。", "必填,村名或 12 位编码。", "必填:厨余垃圾、可回收物、有害垃圾、其他垃圾。",
		"千克。", "千克。", "千克,等于毛重减皮重;填了毛重和皮重的可以空着。", "可以空着。",
		"同一个转运站的票号不能重复。", "过磅的转运站。",
	}
)

func weighInTemplate() []sheet.Column {
	columns := make([]sheet.Column, len(collection.TemplateHeading))
	for i, header := range collection.TemplateHeading {
		columns[i] = sheet.Column{Header: header, Width: 14}
		if i < len(weighInExamples) {
			columns[i].Example, columns[i].Rule = weighInExamples[i], weighInRules[i]
		}
	}
	return columns
}
