package demo

import "hufen/internal/division"

// place is a division as the list of the statistical bureau has it.
type place struct {
	level      division.Level
	code, name string
}

// The district and its towns are real: the statistical bureau's list, by way of
// modood/Administrative-divisions-of-China (WTFPL).
var district = []place{
	{division.Province, "51", "四川省"},
	{division.City, "5117", "达州市"},
	{division.District, "511702", "通川区"},
	{division.Town, "511702001", "东城街道"},
	{division.Town, "511702002", "西城街道"},
	{division.Town, "511702003", "朝阳街道"},
	{division.Town, "511702004", "凤西街道"},
	{division.Town, "511702005", "凤北街道"},
	{division.Town, "511702102", "罗江镇"},
	{division.Town, "511702103", "蒲家镇"},
	{division.Town, "511702104", "复兴镇"},
	{division.Town, "511702105", "双龙镇"},
	{division.Town, "511702107", "江陵镇"},
	{division.Town, townCode, "碑庙镇"},
	{division.Town, "511702109", "磐石镇"},
	{division.Town, "511702110", "东岳镇"},
	{division.Town, "511702111", "梓桐镇"},
	{division.Town, "511702112", "北山镇"},
	{division.Town, "511702113", "金石镇"},
	{division.Town, "511702114", "青宁镇"},
	{division.Town, "511702208", "安云乡"},
}

const (
	districtCode = "511702"
	townCode     = "511702108"
)

// profile is a made-up village: who lives there, how they take part, and what
// its figures are to show.
type profile struct {
	code, name string
	groups     int
	households int // of the town's 1,200

	takesPart float64 // share of the households that come at all
	comes     float64 // how often those come, in visits a day
	brings    float64 // share of their kitchen waste they bring
	atDoor    float64 // share of the visits that are picked up at the door
	wasteKg   float64 // per person and day, everything
	weighed   float64 // share of the days with a ticket
	story     story
}

// story is what a village's reduction rate is to show.
type story int

const (
	plain      story = iota
	noBaseline       // the town began to weigh there with the programme
	gaps             // too few days with tickets since the programme began
	unsigned         // the baseline is locked and waits for its second signature
)

// The villages are made up, and so are the people in them. Their codes are from
// the end of the range of 村委会, where the list has none. Participation between
// 40 and 90 % and about 0.5 kg a person and day are published figures of rural
// programmes.
var profiles = []profile{
	{code: townCode + "291", name: "青松村", groups: 6, households: 232, takesPart: 0.90, comes: 0.74, brings: 0.50, atDoor: 0.2, wasteKg: 0.50, weighed: 0.97},
	{code: townCode + "292", name: "石桥村", groups: 5, households: 214, takesPart: 0.76, comes: 0.68, brings: 0.47, atDoor: 0.1, wasteKg: 0.52, weighed: 0.96},
	{code: townCode + "293", name: "柳溪村", groups: 5, households: 198, takesPart: 0.44, comes: 0.58, brings: 0.46, atDoor: 0, wasteKg: 0.55, weighed: 0.95},
	{code: townCode + "294", name: "高坪村", groups: 4, households: 176, takesPart: 0.66, comes: 0.62, brings: 0.48, atDoor: 0.3, wasteKg: 0.46, weighed: 0.94, story: noBaseline},
	{code: townCode + "295", name: "双井村", groups: 5, households: 206, takesPart: 0.71, comes: 0.65, brings: 0.49, atDoor: 0.4, wasteKg: 0.49, weighed: 0.93, story: gaps},
	{code: townCode + "296", name: "竹园村", groups: 4, households: 174, takesPart: 0.83, comes: 0.70, brings: 0.50, atDoor: 0.2, wasteKg: 0.48, weighed: 0.97, story: unsigned},
}

// wholeTown is the number of households of all profiles.
const wholeTown = 1200

// Names are put together from these; nobody is meant.
var (
	surnames = []rune("李王张刘陈杨何罗唐周吴蒋谭向冉符苟赵黄徐胡林邓冯曾彭肖田袁潘蒲熊庞龚廖汪雷贺孟龙")
	given    = []string{
		"德明", "秀英", "桂芳", "国强", "建华", "小芳", "正平", "素珍", "光荣", "玉兰", "志刚", "天福", "明秀", "大全", "永忠", "琼", "朝贵",
		"兴发", "淑华", "家和", "世友", "红梅", "开云", "中林", "维新", "成碧", "忠义", "会琼", "仕勇", "登科", "清泉", "代芬", "文武", "元香",
		"才富", "启贤", "春燕", "学礼", "善琼", "吉祥", "礼菊", "万寿", "立春", "庆余", "守田", "顺", "长河", "先碧", "运来", "㛃", "昌盛", "月娥",
	}
)
