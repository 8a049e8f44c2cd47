package i18n

// Sentences about files that are read as spreadsheets.
func init() {
	register("sheet.too_large", "文件太大，最多 {limit_mb} MB。请分成几个文件。", "The file is larger than {limit_mb} MB. Please split it.")
	register("sheet.empty", "文件是空的。", "The file is empty.")
	register("sheet.old_xls", "这是老格式的 .xls,或者是加了密码的文件。请在 Excel 或 WPS 里另存为不带密码的 .xlsx 再上传。", "This is an old .xls file, or one with a password. Please save it as .xlsx without a password.")
	register("sheet.disguised", "这个文件其实是网页或 PDF，不是表格。请用 Excel 或 WPS 打开，另存为 .xlsx 再上传。", "This file is a web page or a PDF under another name. Please open it in a spreadsheet program and save it as .xlsx.")
	register("sheet.not_xlsx", "这不是 Excel 工作簿（.xlsx），也不是 CSV 文件。", "This is neither an Excel workbook (.xlsx) nor a CSV file.")
	register("sheet.truncated", "文件不完整或已损坏，可能没有传完。请重新保存再上传。", "The file is incomplete or damaged. Please save it again and upload it again.")
	register("sheet.bomb", "这个文件解压后异常地大，没有打开。", "This file unpacks to an unreasonable size. It was not opened.")
	register("sheet.not_text", "这不是文本文件。请上传 .xlsx 或 CSV。", "This is not a text file. Please upload .xlsx or CSV.")
	register("sheet.mixed_encoding", "第 {row} 行的文字编码和其他行不一样，读出来会是乱码。请用同一种编码另存整个文件。", "Line {row} is in another text encoding than the rest. Please save the whole file in one encoding.")
	register("sheet.open_quote", "第 {row} 行有一个引号没有配对。", "Row {row} has a quotation mark that is never closed.")
	register("sheet.too_many_rows", "文件超过 {limit} 行。请分成几个文件。", "The file has more than {limit} [row|rows]. Please split it.")
	register("sheet.too_many_columns", "第 {row} 行超过 {limit} 列。", "Row {row} has more than {limit} [column|columns].")
	register("sheet.cell_too_long", "第 {row} 行 {column} 列超过 {limit} 个字。", "Row {row}, column {column} is longer than {limit} [character|characters].")
}
