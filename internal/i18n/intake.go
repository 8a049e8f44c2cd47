package i18n

// Sentences about imports of files.
func init() {
	register("import.unknown", "没有这次导入，或者不在您的管辖范围内。", "There is no such import, or it is outside your area.")
	register("import.no_id", "请求里缺少编号。", "The request has no id.")
	register("import.unknown_kind", "不知道这种导入。", "There is no such kind of import.")
	register("import.bad_mapping", "列的对应关系写得不对：{what}。", "The mapping of columns is wrong: {what}.")
	register("import.column_missing", "文件里没有这些列：{columns}。请对照模板检查表头。", "The file lacks these columns: {columns}. Please compare its heading with the template.")
	register("import.more_sheets", "文件里有几张表都像名单（“{first}”“{second}”），一次只能导入一张。请把它们合在一张表里，或者分成几个文件。", "The file has several sheets with a list (“{first}”, “{second}”), and one is imported at a time. Please put them into one sheet, or into several files.")
	register("import.no_rows", "表头下面没有内容。", "There are no rows below the heading.")
	register("import.not_checked", "文件还没有检查完。", "The file has not been checked yet.")
	register("import.already_applied", "这个文件已经在导入了。", "This file is already being imported.")
	register("import.has_wrong_rows", "有 {wrong} 行要改，所以什么也没有导入。", "{wrong} [row is|rows are] wrong, so nothing was imported.")
	register("import.too_old", "这个文件检查以后过了一个星期没有导入，已经删除。请重新上传。", "This file was not imported for a week after its check and was removed. Please upload it again.")
	register("import.broken", "导入时系统出错了。已经导入的行都还在，请把同一个文件再传一次，不会重复。", "Something went wrong on our side. What was imported is kept; upload the same file again, nothing will be doubled.")
	register("import.row", "第 {row} 行：{reason}", "Row {row}: {reason}")
	register("import.unknown_level", "不知道“{text}”这个级别。", "There is no level “{text}”.")
	register("import.bad_day", "“{text}”不是日期。", "“{text}” is not a date.")

	register("roster.village_missing", "没有写村编码或村名。", "The village's code or name is missing.")
	register("roster.village_unknown", "没有“{text}”这个村，或者不在您的管辖范围内。", "There is no village “{text}”, or it is outside your area.")
	register("roster.village_ambiguous", "有几个村都叫“{text}”，请写村编码，或者加一列乡镇。", "Several villages are called “{text}”. Please use the code, or add a column with the town.")
	register("roster.code_lost", "编码被表格软件写成了 {text}，后几位丢了。请把这一列设成文本，重新填写。", "The spreadsheet turned the code into {text} and lost its last digits. Please format the column as text and fill it in again.")
	register("roster.phone_lost", "电话被表格软件写成了 {text}，后几位丢了。请把这一列设成文本，重新填写。", "The spreadsheet turned the phone number into {text} and lost its last digits. Please format the column as text and fill it in again.")
	register("roster.group", "村民小组的名称不能超过 60 个字。", "The group's name must not have more than 60 characters.")
	register("roster.group_unknown", "村里没有“{text}”，这个村没有编码，不能自动新建。请先新建村民小组。", "The village has no group “{text}”, and none can be made because the village has no code. Please create the group first.")
	register("roster.group_elsewhere", "“{text}”不是这次导入的村民小组。", "“{text}” is not the group this import is for.")
	register("roster.number_is_date", "门牌号被表格软件改成了日期 {text}。请把这一列设成文本，重新填写。", "The spreadsheet turned the house number into the date {text}. Please format the column as text and fill it in again.")
	register("roster.broken_cell", "这一行有出错的公式：{text}。", "This row has a broken formula: {text}.")
	register("roster.duplicate", "和第 {first} 行是同一户。请留一行，另一行删掉或换门牌号。", "This is the same house as in row {first}. Please remove one of them or change its number.")
}
