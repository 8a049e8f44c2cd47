package i18n

// Sentences of the page that hangs on the village board.
func init() {
	register("seal.title", "账本封存", "The ledger is sealed")
	register("seal.sealed", "第 {height} 号，{at}", "Seal {height}, {at}")
	register("seal.why", "账改了一个字，这串字就对不上。", "If one letter of the books is changed, these letters no longer fit.")
	register("seal.holds", "到 {until} 为止，共 {requests} 笔申请、{entries} 笔分录。", "Up to {until}: {requests} [request|requests] and {entries} [entry|entries].")
	register("seal.totals", "试算平衡（积分）", "Trial balance (points)")
	register("seal.sum", "合计", "Total")
	register("seal.accounts.household", "各户可用", "Households may spend")
	register("seal.accounts.clawback", "已花掉待扣回", "Spent and to be taken back")
	register("seal.accounts.payable", "待付兑换点", "Owed to shops")
	register("seal.accounts.settled", "已同意兑付", "Settled with shops")
	register("seal.accounts.issued", "各村发放", "Issued by villages")
	register("seal.hash", "封存码", "Hash of the seal")
	register("seal.root", "树根", "Merkle root")
	register("seal.previous", "上一号", "Seal before")
	register("seal.key", "签名钥匙", "Key")
	register("seal.signature", "签名", "Signature")
	register("seal.check", "怎么核对：扫码或拍下这页，把码里的文字存成文件，请任何一位审计员运行 hufen verify --seal 文件。", "To check: photograph this page, or save the text of the code as a file; any auditor runs hufen verify --seal FILE.")
}
