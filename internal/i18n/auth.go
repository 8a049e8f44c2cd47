package i18n

// Sentences of internal/auth.
func init() {
	register("actor.system", "系统", "The service")
	register("actor.household", "住户", "A household")

	register("session.over", "登录已过期，请再登录一次。", "You are signed out. Please sign in again.")
	register("session.unknown", "没有这台设备，可能已经退出。", "There is no such device. It may have been signed out.")
	register("session.wrong_login", "账号或密码不对，请再试一次。", "Login or password is wrong. Please try again.")
	register("session.wrong_password", "原密码不对，请再试一次。", "The old password is wrong. Please try again.")
	register("session.code_needed", "请输入手机上的 6 位动态码。", "Please enter the 6-digit code from your phone.")
	register("session.wrong_code", "动态码不对，请等下一个再试。", "The code is wrong. Please wait for the next one.")
	register("throttle.wait", "试得太多了，请过 {minutes} 分钟再试。", "Too many attempts. Please try again in {minutes} [minute|minutes].")

	register("totp.already_on", "动态码已经开着了。", "One-time codes are already on.")
	register("totp.not_begun", "还没有设动态码，请先设置。", "One-time codes are not set up yet.")
	register("totp.wrong_code", "动态码不对，请等下一个再试。", "The code is wrong. Please wait for the next one.")

	register("user.unknown", "没有这个人，或者不归您管。", "There is no such user in your area.")
	register("user.not_yours", "他还有您管不到的身份，请上一级来改。", "This user also has roles above or outside yours. Ask the level above.")
	register("user.own", "不能停用自己，请别的管理员来办。", "You cannot disable yourself. Ask another administrator.")
	register("user.own_password", "自己的密码和动态码，请在“我的账号”里改。", "Change your own password and codes under your account.")
	register("user.name_missing", "请写上姓名。", "Please enter a name.")
	register("user.login_form", "账号用字母、数字和 . _ @ -,至少 2 位。", "A login has at least 2 letters, digits or . _ @ -.")
	register("user.login_taken", "这个账号已经有人用了，请换一个。", "This login is taken. Please choose another.")
	register("user.password_missing", "请给他设一个密码。", "Please set a password.")
	register("user.password_weak", "密码太好猜了。至少 {minimum} 位，字母数字混着用。", "That password is easy to guess. Use at least {minimum} [character|characters], letters and digits.")
	register("user.machine_password", "设备不用密码，请给它发密钥。", "A machine has no password. Make it a key instead.")
	register("user.administrator_exists", "已经有管理员了，请让他来添加。", "There is an administrator already. Ask them to add users.")

	register("role.unknown", "他没有这个身份。", "The user does not hold this role.")
	register("role.own", "不能给自己加身份，请别人来办。", "You cannot give yourself a role. Ask somebody else.")
	register("role.not_yours", "这个身份不归您给，请找上一级。", "This role is not yours to give. Ask the level above.")
	register("role.last_administrator", "这是最后一位管理员，请先添加另一位。", "This is the last administrator. Add another one first.")
	register("role.division_missing", "请选这个身份管哪里。", "Please choose where the role holds.")
	register("role.shop_missing", "请选店主管哪个兑换点。", "Please choose the shopkeeper's shop.")
	register("role.point_elsewhere", "这个收集点不在他管的地方。", "This collection point lies outside the role's area.")

	register("role.wrong_level.cleaner", "保洁员要设在镇、村或组，{division} 不是。", "A cleaner works in a town, village or group; {division} is none.")
	register("role.wrong_level.shopkeeper", "店主要设在镇、村或组，{division} 不是。", "A shopkeeper works in a town, village or group; {division} is none.")
	register("role.wrong_level.cadre", "村干部要设在村或组，{division} 不是。", "A cadre works in a village or group; {division} is neither.")
	register("role.wrong_level.town_official", "镇干部要设在乡镇，{division} 不是。", "A town official works in a town; {division} is none.")
	register("role.wrong_level.district_official", "区干部要设在区县或以上，{division} 不是。", "A district official works in a district or above; {division} is below.")
	register("role.wrong_level.finance", "财务要设在乡镇或以上，{division} 不是。", "Finance works in a town or above; {division} is below.")
	register("role.wrong_level.auditor", "审计要设在村或以上，{division} 不是。", "An auditor works in a village or above; {division} is below.")
	register("role.wrong_level.administrator", "管理员要设在乡镇或以上，{division} 不是。", "An administrator works in a town or above; {division} is below.")

	register("role.conflict.shopkeeper.town_official", "卖货的不能审账：店主和镇干部不能是同一个人。", "Who sells cannot approve: one person cannot be shopkeeper and town official.")
	register("role.conflict.shopkeeper.finance", "卖货的不能付款：店主和财务不能是同一个人。", "Who sells cannot pay: one person cannot be shopkeeper and finance.")
	register("role.conflict.shopkeeper.auditor", "卖货的不能查账：店主和审计不能是同一个人。", "Who sells cannot audit: one person cannot be shopkeeper and auditor.")
	register("role.conflict.finance.town_official", "审的人不能付款：财务和镇干部不能是同一个人。", "Who approves cannot pay: one person cannot be finance and town official.")

	register("key.unknown", "密钥不对，或者已经停用。", "The key is wrong or was revoked.")
	register("key.unknown_id", "没有这把密钥，或者不归您管。", "There is no such key in your area.")
	register("key.person", "密钥只发给设备，人请用密码登录。", "Keys are for machines. People sign in with a password.")
	register("key.shown", "这把密钥已经发过，不能再看。请另发一把。", "This key was shown once and cannot be read again. Make a new one.")
}
