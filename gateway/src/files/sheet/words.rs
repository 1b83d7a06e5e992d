//! What people call the columns, and some of the words in them.

/// Fields of a complaint, and what their columns are called in Chinese.
const COMPLAINT: [(&str, &[&str]); 24] = [
    ("external_id", &["外部编号", "工单编号", "工单号", "诉求编号", "来件编号"]),
    ("source", &["来源系统", "来源"]),
    ("channel", &["渠道", "来源渠道", "受理渠道"]),
    ("received_at", &["受理时间", "来电时间", "诉求时间", "登记时间", "收件时间"]),
    ("title", &["标题", "诉求标题", "工单标题", "主题"]),
    ("text", &["内容", "诉求内容", "诉求描述", "反映内容", "问题描述"]),
    ("address", &["地址", "事发地址", "事发地点", "地点"]),
    ("lat", &["纬度"]),
    ("lon", &["经度"]),
    ("item", &["事项", "事项编码", "事项代码", "事项名称", "诉求事项"]),
    ("unit", &["单位", "承办单位", "主办单位"]),
    ("due_at", &["到期时间", "办结时限", "截止时间", "处置时限"]),
    ("closed_at", &["办结时间", "结案时间"]),
    ("reply_text", &["答复", "答复内容", "公开答复内容", "办理情况"]),
    ("replied_at", &["答复时间"]),
    ("reporter.name", &["诉求人", "诉求人姓名", "姓名", "来电人", "联系人"]),
    (
        "reporter.phone",
        &["电话", "联系电话", "诉求人电话", "诉求人联系电话", "来电号码", "手机", "手机号", "手机号码"],
    ),
    ("reporter.id_number", &["证件号", "证件号码", "身份证号", "身份证号码", "诉求人证件号"]),
    ("reporter.anonymous", &["匿名", "是否匿名"]),
    ("reporter.confidential", &["保密", "是否保密"]),
    ("accused", &["被举报单位"]),
    ("test", &["测试", "测试件", "是否测试"]),
    ("sequence", &["版本号"]),
    ("attachments", &[]),
];

/// The field of a complaint that a column name means.
pub fn complaint_field(name: &str) -> Option<String> {
    meaning(&COMPLAINT, name).or_else(|| {
        let inner = name.strip_prefix("reporter_")?;
        Some(format!("reporter.{inner}")).filter(|field| COMPLAINT.iter().any(|(known, _)| known == field))
    })
}

/// Columns of the table of units.
pub(super) const UNITS: [(&str, &[&str]); 11] = [
    ("code", &["编码", "代码", "单位编码", "单位代码"]),
    ("name", &["名称", "单位", "单位名称"]),
    ("name_en", &["英文", "英文名", "英文名称"]),
    ("kind", &["类型", "单位类型", "层级"]),
    ("parent", &["上级", "上级编码", "上级单位", "上级单位编码"]),
    ("leads", &["牵头", "牵头名称"]),
    ("aliases", &["别名", "其他叫法"]),
    ("valid_from", &["生效日期", "启用日期", "起始日期"]),
    ("valid_to", &["失效日期", "停用日期", "终止日期"]),
    ("note", &["备注", "说明"]),
    ("paired", &["共建单位"]),
];

/// Columns of the catalogue of items.
pub(super) const CATALOGUE: [(&str, &[&str]); 11] = [
    ("code", &["编码", "代码", "事项编码", "事项代码"]),
    ("item", &["事项", "事项名称", "名称"]),
    ("lowest_rung", &["最低层级", "最低办理层级", "最低一级"]),
    ("lead", &["牵头", "牵头单位", "主办", "主办单位"]),
    ("co_units", &["协办", "协办单位", "配合单位"]),
    ("first_action", &["先期处置", "先期到场", "首次处置时限"]),
    ("resolve", &["办结", "办结时限", "处置时限"]),
    ("sla_class", &["类别", "时限类别"]),
    ("source", &["来源", "依据", "时限依据"]),
    ("note", &["备注", "说明"]),
    ("aliases", &["别名", "其他叫法"]),
];

/// Columns of the list of what may be handed to a community.
pub(super) const COMMUNITY: [(&str, &[&str]); 6] = [
    ("code", &["编码", "代码", "事项编码", "事项代码"]),
    ("item", &["事项", "事项名称", "名称"]),
    ("duty", &["职责", "责任类型"]),
    ("version", &["版次", "版本", "清单版次"]),
    ("basis", &["依据", "出处"]),
    ("note", &["备注", "说明"]),
];

/// Words for kinds of units and for rungs.
const RUNGS: [(&str, &[&str]); 7] = [
    ("grid", &["网格"]),
    ("community", &["社区", "村", "社区（村）"]),
    ("station", &["站", "联动站", "工作站", "联动工作站", "区域网格联动工作站"]),
    ("street", &["街道", "镇", "街道（镇）"]),
    ("district", &["区"]),
    ("department", &["部门"]),
    ("—", &["-", "不派单", "转送"]),
];

/// The column of a table that a name means. What stands in brackets behind a name is a remark.
pub(super) fn meaning(columns: &[(&str, &[&str])], name: &str) -> Option<String> {
    let find = |name: &str| {
        let lower = name.to_lowercase();
        let found = columns.iter().find(|(column, names)| *column == lower || names.contains(&name));
        found.map(|(column, _)| (*column).to_owned())
    };
    find(name).or_else(|| {
        let end = name.find(['(', '（']).filter(|end| *end > 0)?;
        find(name.get(..end)?)
    })
}

/// The word that the readers know, for one that people write in this column.
pub(super) fn canonical(column: &str, word: String) -> String {
    if !["kind", "lowest_rung"].contains(&column) {
        return word;
    }
    let known = RUNGS.iter().find(|(_, words)| words.contains(&word.trim()));
    known.map_or(word, |(known, _)| (*known).to_owned())
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn columns_are_known_in_both_languages_with_or_without_a_remark() {
        for name in ["受理时间", "received_at", "Received_At", "受理时间（北京时间）", "受理时间(必填)"]
        {
            assert_eq!(complaint_field(name).as_deref(), Some("received_at"), "{name}");
        }
        assert_eq!(complaint_field("reporter_phone").as_deref(), Some("reporter.phone"));
        assert_eq!(complaint_field("（备注）"), None);
        assert_eq!(meaning(&UNITS, "上级编码").as_deref(), Some("parent"));
        assert_eq!(meaning(&CATALOGUE, "最低层级").as_deref(), Some("lowest_rung"));
    }

    #[test]
    fn no_name_means_two_columns() {
        for columns in [&COMPLAINT[..], &UNITS[..], &CATALOGUE[..], &COMMUNITY[..]] {
            let mut names: Vec<_> = columns.iter().flat_map(|(_, names)| names.iter()).collect();
            let all = names.len();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), all);
        }
    }

    #[test]
    fn rungs_may_be_written_in_chinese() {
        assert_eq!(canonical("kind", "社区".into()), "community");
        assert_eq!(canonical("lowest_rung", "grid".into()), "grid");
        assert_eq!(canonical("name", "社区".into()), "社区");
    }
}
