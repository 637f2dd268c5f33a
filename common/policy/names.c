#include "names.h"

#include "base.pb-c.h"
#include "policy.pb-c.h"
#include "settlement.pb-c.h"

static const struct name unknown = {"未知", "unknown"};

static const struct name schemes[] = {
    [YZ__SCHEME__RESIDENT] = {"居民", "resident"},
    [YZ__SCHEME__EMPLOYEE] = {"职工", "employee"},
};
static const struct name standings[] = {
    [YZ__STANDING__ADULT] = {"成年居民", "adult"},
    [YZ__STANDING__STUDENT_CHILD] = {"学生儿童", "student or child"},
    [YZ__STANDING__ACTIVE] = {"在职", "in active employment"},
    [YZ__STANDING__RETIRED] = {"退休", "retired"},
};
static const struct name settings[] = {
    [YZ__SETTING__INPATIENT] = {"住院", "inpatient"},
    [YZ__SETTING__OUTPATIENT] = {"普通门诊", "ordinary outpatient"},
    [YZ__SETTING__CHRONIC] = {"门诊慢特病", "chronic and special outpatient"},
    [YZ__SETTING__TWO_DISEASE] = {"“两病”门诊用药", "two-disease drugs"},
    [YZ__SETTING__EMERGENCY] = {"急诊未转入住院", "emergency without admission"},
    [YZ__SETTING__DAY_SURGERY] = {"日间手术", "day surgery"},
    [YZ__SETTING__SPECIAL_DRUG] = {"特药", "special drugs"},
    [YZ__SETTING__RARE_DISEASE_DRUG] = {"罕见病用药", "rare-disease drugs"},
    [YZ__SETTING__LONG_TERM_CARE] = {"长期护理", "long-term care"},
    [YZ__SETTING__APPLICATION] = {"依申请救助", "assistance on application"},
};
static const struct name levels[] = {
    [YZ__LEVEL__COMMUNITY] = {"基层", "community"}, [YZ__LEVEL__PRIMARY] = {"一级", "level 1"},
    [YZ__LEVEL__SECONDARY] = {"二级", "level 2"},   [YZ__LEVEL__TERTIARY] = {"三级", "level 3"},
    [YZ__LEVEL__UNGRADED] = {"未定级", "ungraded"},
};
static const struct name categories[] = {
    [YZ__CATEGORY__EXTREME_HARDSHIP] = {"特困人员", "extreme hardship"},
    [YZ__CATEGORY__MINIMUM_LIVING] = {"低保对象", "minimum living allowance"},
    [YZ__CATEGORY__EDGE_FAMILY] = {"低保边缘家庭成员", "low-allowance edge family"},
    [YZ__CATEGORY__RETURNED_TO_POVERTY] = {"返贫致贫人口", "returned to poverty"},
    [YZ__CATEGORY__MONITORED] = {"防止返贫监测帮扶对象", "monitored against poverty"},
    [YZ__CATEGORY__UNSTABLE_OUT_OF_POVERTY] = {"脱贫不稳定户", "unstably out of poverty"},
    [YZ__CATEGORY__PRONE_TO_POVERTY] = {"边缘易致贫户", "prone to poverty"},
    [YZ__CATEGORY__SUDDEN_HARDSHIP] = {"突发严重困难户", "sudden severe hardship"},
    [YZ__CATEGORY__ORPHAN] = {"孤儿", "orphan"},
    [YZ__CATEGORY__UNATTENDED_CHILD] = {"事实无人抚养儿童", "de-facto unattended child"},
    [YZ__CATEGORY__CHILD_IN_DIFFICULTY] = {"重点困境儿童", "child in severe difficulty"},
    [YZ__CATEGORY__SEVERE_DISABILITY] = {"重度残疾人", "severe disability"},
    [YZ__CATEGORY__ILLNESS_IMPOVERISHED] = {"因病致贫重病患者", "impoverished by illness"},
    [YZ__CATEGORY__STABLE_OUT_OF_POVERTY] = {"稳定脱贫人口", "stably out of poverty"},
    [YZ__CATEGORY__LOW_INCOME] = {"低收入对象", "low income"},
    [YZ__CATEGORY__REGISTERED_POOR] = {"建档立卡贫困人口", "registered poor"},
    [YZ__CATEGORY__SERIOUSLY_ILL_LOW_INCOME] = {"农村低收入家庭重病患者", "seriously ill of a rural low-income family"},
    [YZ__CATEGORY__AID_RECIPIENT] = {"医保帮扶对象", "medical insurance aid recipient"},
};
static const struct name remotes[] = {
    [YZ__REMOTE__LOCAL] = {"参保地就医", "care in the insured city"},
    [YZ__REMOTE__LONG_TERM_FILED] = {"异地长期居住（已备案）", "long-term resident elsewhere, filed"},
    [YZ__REMOTE__REFERRED] = {"转诊", "referred"},
    [YZ__REMOTE__RESCUE] = {"异地急诊抢救", "emergency rescue elsewhere"},
    [YZ__REMOTE__TEMPORARY] = {"临时外出就医", "temporary care elsewhere"},
    [YZ__REMOTE__UNFILED] = {"异地就医未备案", "care elsewhere without filing"},
};
static const struct name reaches[] = {
    [YZ__REACH__SAME_CITY] = {"本市", "same city"},
    [YZ__REACH__SAME_PROVINCE] = {"省内异地", "other city of the province"},
    [YZ__REACH__OTHER_PROVINCE] = {"跨省", "other province"},
};
static const struct name risks[] = {
    [YZ__RISK__HEALTHY] = {"非既往症", "no pre-existing disease"},
    [YZ__RISK__PRE_EXISTING] = {"既往症", "pre-existing disease"},
};
static const struct name forms[] = {
    [YZ__CARE_FORM__MEDICAL_CARE] = {"医疗专护", "medical care"},
    [YZ__CARE_FORM__INSTITUTION_CARE] = {"机构护理", "institution care"},
    [YZ__CARE_FORM__HOME_VISIT] = {"居家上门护理", "home visits"},
    [YZ__CARE_FORM__HOME_SELF] = {"居家自主护理", "care by the family"},
};
static const struct name payers[] = {
    [YZ__PAYER__RESIDENT_BASIC_FUND] = {"居民基本医保统筹基金", "resident basic insurance fund"},
    [YZ__PAYER__EMPLOYEE_BASIC_FUND] = {"职工基本医保统筹基金", "employee basic insurance fund"},
    [YZ__PAYER__LARGE_AMOUNT_FUND] = {"职工大额医疗补助基金", "employee large-amount fund"},
    [YZ__PAYER__RESIDENT_CRITICAL_FUND] = {"居民大病保险", "resident critical illness insurance"},
    [YZ__PAYER__EMPLOYEE_CRITICAL_FUND] = {"职工大病保险", "employee critical illness insurance"},
    [YZ__PAYER__CIVIL_SERVANT_AID] = {"公务员医疗补助", "civil servants' medical aid"},
    [YZ__PAYER__ASSISTANCE_FUND] = {"医疗救助资金", "medical assistance"},
    [YZ__PAYER__COMMERCIAL_INSURER] = {"商业补充保险", "supplementary commercial insurance"},
    [YZ__PAYER__HOSPITAL_WAIVER] = {"医院减免", "hospital waiver"},
    [YZ__PAYER__LONG_TERM_CARE_FUND] = {"长期护理保险基金", "long-term care insurance fund"},
    [YZ__PAYER__PERSONAL_ACCOUNT] = {"个人账户", "personal account"},
    [YZ__PAYER__FAMILY_ACCOUNT] = {"家庭共济账户", "family mutual account"},
    [YZ__PAYER__CASH] = {"个人现金", "cash"},
};
static const struct name tiers[] = {
    [YZ__TIER__BASIC] = {"基本医保", "basic insurance"},
    [YZ__TIER__LARGE_AMOUNT] = {"职工大额医疗补助", "employee large-amount"},
    [YZ__TIER__CIVIL_SERVANT] = {"公务员医疗补助", "civil servants' aid"},
    [YZ__TIER__CRITICAL_ILLNESS] = {"大病保险", "critical illness insurance"},
    [YZ__TIER__MEDICAL_ASSISTANCE] = {"医疗救助", "medical assistance"},
    [YZ__TIER__RE_ASSISTANCE] = {"再救助", "re-assistance"},
    [YZ__TIER__SUPPLEMENT] = {"惠民保", "supplementary insurance"},
    [YZ__TIER__ON_APPLICATION] = {"依申请救助", "assistance on application"},
    [YZ__TIER__CARE] = {"长期护理保险", "long-term care insurance"},
};
static const struct name services[] = {
    [YZ__SERVICE__ENROLLMENT] = {"参保登记", "enrollment"},
    [YZ__SERVICE__ADJUDICATION] = {"待遇结算", "adjudication"},
    [YZ__SERVICE__ASSISTANCE] = {"医疗救助", "assistance"},
    [YZ__SERVICE__SUPPLEMENTARY] = {"商业补充", "supplementary"},
    [YZ__SERVICE__NOTIFICATION] = {"消息通知", "notification"},
    [YZ__SERVICE__CLEARING] = {"基金清算", "clearing"},
};
static const struct name item_classes[] = {
    [YZ__ITEM_CLASS__CLASS_A] = {"甲类", "class A"},
    [YZ__ITEM_CLASS__CLASS_B] = {"乙类", "class B"},
    [YZ__ITEM_CLASS__CLASS_C] = {"丙类或目录外", "class C or not listed"},
};
static const struct name grades[] = {
    [YZ__GRADE__SEED] = {"原始材料", "seed"},           [YZ__GRADE__OFFICIAL] = {"官方文件", "official"},
    [YZ__GRADE__NEWS] = {"新闻报道", "news"},           [YZ__GRADE__PORTAL] = {"便民网站", "portal"},
    [YZ__GRADE__WEAK] = {"存疑来源", "weak source"},    [YZ__GRADE__ASSUMED] = {"假定值", "assumed"},
    [YZ__GRADE__CASE] = {"公开案例", "published case"},
};
static const struct name codes[] = {
    [YZ__CODE__MALFORMED] = {"请求格式有误", "malformed request"},
    [YZ__CODE__INVALID] = {"数值不合理", "invalid value"},
    [YZ__CODE__UNKNOWN_PERSON] = {"查无此人", "unknown person"},
    [YZ__CODE__UNKNOWN_INSTITUTION] = {"查无此机构", "unknown institution"},
    [YZ__CODE__UNKNOWN_SETTLEMENT] = {"查无此结算", "unknown settlement"},
    [YZ__CODE__UNKNOWN_ENCOUNTER] = {"查无此就诊", "unknown encounter"},
    [YZ__CODE__UNKNOWN_POLICY] = {"该地该日无政策", "no policy for that city and day"},
    [YZ__CODE__UNKNOWN_ITEM] = {"项目编码有误", "unreadable item code"},
    [YZ__CODE__NOT_FOUND] = {"地址不存在", "no such resource"},
    [YZ__CODE__METHOD_NOT_ALLOWED] = {"方法不允许", "method not allowed"},
    [YZ__CODE__INSTITUTION_SUSPENDED] = {"机构协议不在有效期", "institution's agreement not in force"},
    [YZ__CODE__NOT_COVERED] = {"当日未参保", "not covered on that day"},
    [YZ__CODE__WAITING_PERIOD] = {"待遇等待期内", "within the waiting period"},
    [YZ__CODE__NOT_REGISTERED] = {"未登记该待遇", "not registered for this care"},
    [YZ__CODE__REQUEST_ID_REUSED] = {"请求编号重复且内容不同", "request id used before with other content"},
    [YZ__CODE__ALREADY_CANCELLED] = {"已撤销", "already cancelled"},
    [YZ__CODE__LATER_SETTLEMENT] = {"其后另有结算", "a later settlement stands on this one"},
    [YZ__CODE__TOO_LARGE] = {"内容过大", "too large"},
    [YZ__CODE__OVERLOADED] = {"系统繁忙", "too busy"},
    [YZ__CODE__SERVICE_AWAY] = {"服务未应答", "a service did not answer"},
    [YZ__CODE__STORE_AWAY] = {"存储未应答", "the store did not answer"},
    [YZ__CODE__DEFECT] = {"结果不平衡，已拒绝", "refused: the result would not add up"},
    [YZ__CODE__CONFLICT] = {"账户同时变动", "the account moved meanwhile"},
    [YZ__CODE__STALE] = {"记录已被他人修改", "the record was changed by someone else"},
    [YZ__CODE__NO_BENEFIT] = {"该险种该类就医无待遇", "no benefit for this scheme and setting"},
};

static const struct name in_policy[] = {
    [YZ__BASE__IN_POLICY__ALL] = {"政策范围内个人负担全部", "all in-policy burden"},
    [YZ__BASE__IN_POLICY__WITHOUT_DEDUCTIBLES] = {"政策范围内个人负担（不含各级起付线）",
                                                  "in-policy burden without earlier deductibles"},
    [YZ__BASE__IN_POLICY__OVER_CAP] = {"超过前级封顶线的部分", "in-policy part above an earlier cap"},
    [YZ__BASE__IN_POLICY__OUT] = {"政策范围内不计入", "nothing in policy"},
};
static const struct name deductible_per[] = {
    [YZ__DEDUCTIBLE__PER__STAY] = {"每次住院", "each stay"},
    [YZ__DEDUCTIBLE__PER__YEAR] = {"每年", "a year"},
    [YZ__DEDUCTIBLE__PER__YEAR_TOPPED_UP] = {"每年（就高补差）", "a year, topped up to the highest"},
    [YZ__DEDUCTIBLE__PER__INSTITUTION_YEAR] = {"每机构每年", "a year at each institution"},
    [YZ__DEDUCTIBLE__PER__FAMILY_YEAR] = {"家庭共享每年", "a year, shared by the family"},
    [YZ__DEDUCTIBLE__PER__BILL] = {"每次", "each bill"},
};
static const struct name rate_on[] = {
    [YZ__RATE__ON__BILL] = {"按单次费用", "on each bill"},
    [YZ__RATE__ON__YEAR] = {"按年度累计", "on the year's cumulative amount"},
};
static const struct name measured[] = {
    [YZ__RATE__MEASURED__INCLUDING_DEDUCTIBLE] = {"含起付线", "including the deductible"},
    [YZ__RATE__MEASURED__ABOVE_DEDUCTIBLE] = {"起付线以上", "above the deductible"},
};
static const struct name grant_per[] = {
    [YZ__GRANT__PER__EACH_BILL] = {"每次", "each bill"},
    [YZ__GRANT__PER__DAY] = {"每日", "a day"},
    [YZ__GRANT__PER__MONTH] = {"每月", "a month"},
};
static const struct name cap_per[] = {
    [YZ__CAP__PER__YEAR] = {"每年", "a year"},
    [YZ__CAP__PER__DAY] = {"每日", "a day"},
    [YZ__CAP__PER__VISIT] = {"每次", "a visit"},
    [YZ__CAP__PER__DISEASE_YEAR] = {"每病种每年", "a year for each disease"},
    [YZ__CAP__PER__BED_DAY] = {"每床日", "a bed-day"},
    [YZ__CAP__PER__MONTH] = {"每月", "a month"},
};
static const struct name cap_on[] = {
    [YZ__CAP__ON__PAYMENT] = {"支付额", "payment"},
    [YZ__CAP__ON__COVERED] = {"纳入额", "covered amount"},
};
static const struct name newborn_benefits[] = {
    [YZ__NEWBORN__BENEFITS__FROM_BIRTH] = {"自出生之日起", "from birth"},
    [YZ__NEWBORN__BENEFITS__FROM_NEXT_MONTH] = {"自缴费次月起", "from the month after payment"},
    [YZ__NEWBORN__BENEFITS__AFTER_WAITING] = {"等待期满后", "after the waiting period"},
};

static const struct name part_kinds[] = {
    [YZ__BASE_PART__KIND__IN_POLICY] = {"政策范围内", "in policy"},
    [YZ__BASE_PART__KIND__DEDUCTIBLE_PART] = {"起付线部分", "earlier deductibles"},
    [YZ__BASE_PART__KIND__RATIO_PART] = {"按比例自负部分", "ratio part borne"},
    [YZ__BASE_PART__KIND__OVER_CAP_PART] = {"超封顶线部分", "over an earlier cap"},
    [YZ__BASE_PART__KIND__LOST_PART] = {"未备案未转诊降低部分", "lost by not filing or referring"},
    [YZ__BASE_PART__KIND__FIRST_PAY] = {"乙类先行自付", "class B first-pay"},
    [YZ__BASE_PART__KIND__REMOTE_FIRST_PAY] = {"异地先行自付", "remote first-pay"},
    [YZ__BASE_PART__KIND__OVER_LIMIT] = {"超限价自付", "over the price limit"},
    [YZ__BASE_PART__KIND__OWN_EXPENSE] = {"全自费", "own expense"},
};
static const struct name statuses[] = {
    [YZ__SETTLEMENT__STATUS__ESTIMATED] = {"预结算", "estimate"},
    [YZ__SETTLEMENT__STATUS__SETTLED] = {"已结算", "settled"},
    [YZ__SETTLEMENT__STATUS__CANCELLED] = {"已撤销", "cancelled"},
};

static const struct {
  const ProtobufCEnumDescriptor *type;
  const struct name *names;
  int n;
} tables[] = {
#define TABLE(type, names)                                                                                             \
  { &yz__##type##__descriptor, names, sizeof(names) / sizeof((names)[0]) }
    TABLE(scheme, schemes),
    TABLE(standing, standings),
    TABLE(setting, settings),
    TABLE(level, levels),
    TABLE(category, categories),
    TABLE(remote, remotes),
    TABLE(reach, reaches),
    TABLE(risk, risks),
    TABLE(care_form, forms),
    TABLE(payer, payers),
    TABLE(tier, tiers),
    TABLE(service, services),
    TABLE(item_class, item_classes),
    TABLE(grade, grades),
    TABLE(code, codes),
    TABLE(base__in_policy, in_policy),
    TABLE(deductible__per, deductible_per),
    TABLE(rate__on, rate_on),
    TABLE(rate__measured, measured),
    TABLE(grant__per, grant_per),
    TABLE(cap__per, cap_per),
    TABLE(cap__on, cap_on),
    TABLE(newborn__benefits, newborn_benefits),
    TABLE(base_part__kind, part_kinds),
    TABLE(settlement__status, statuses),
#undef TABLE
};

struct name name_of(const ProtobufCEnumDescriptor *type, int value) {
  for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
    if (tables[i].type == type && value > 0 && value < tables[i].n && tables[i].names[value].zh)
      return tables[i].names[value];
  return unknown;
}
