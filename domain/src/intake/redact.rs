//! What may be shown where the complaint itself may not: numbers and names are taken out.

use std::sync::LazyLock;

use regex::Regex;

use crate::sealed::{Content, Reporter};

/// Longest title in a list, in characters.
const TITLE_MAX: usize = 40;

/// What stands in for a name.
const NAME: &str = "某";

#[expect(clippy::expect_used, reason = "a constant pattern; a spec compiles it")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

/// Runs of digits long enough to be a telephone, an identity or a bank card number,
/// also with separators between them and in full-width digits.
static NUMBERS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\+?[0-9０-９](?:[ \-－—()（）.·]?[0-9０-９]){5,}[0-9Xx０-９]"));
static MAIL: LazyLock<Regex> = LazyLock::new(|| pattern(r"[\w.+-]+@[\w-]+\.[\w.-]+"));
static PLATE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·• ]?[A-Z0-9]{5,6}")
});
/// The commonest surnames: nine people in ten have one of them.
const SURNAMES: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶\
阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文欧";
/// A name after words that always introduce one, or after a label with its colon.
static INTRODUCED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(我叫|本人叫|名叫|姓名|(?:联系人|投诉人|举报人|诉求人|反映人|来电人|业主|居民|户主)\s*[:：]|(?i:my name is|i am|i'm|name:|mrs?\.?|ms\.?|miss))([:：\s]*)(\p{Han}{2,3}|[A-Z][\p{L}'-]+(?:\s[A-Z][\p{L}'-]+){0,2})",
    )
});
/// A surname with a name after words that may introduce one, up to where the sentence pauses.
static PRESENTED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(r"(我是|我姓|本人是|本人)([{SURNAMES}]\p{{Han}}{{0,2}})([，。、,.；;！!\s]|$)"))
});
/// A surname with a form of address.
static ADDRESSED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(r"[{SURNAMES}]\p{{Han}}{{0,2}}?(先生|女士|小姐|同志|师傅|阿姨|大爷|大妈|奶奶|爷爷)"))
});

/// The text without numbers, addresses of mail, plates, and names as far as they can be known:
/// the reporter's own wherever it stands, and those that are introduced as one.
pub fn text(text: &str, reporter: &Reporter) -> String {
    let mut clean = text.to_owned();
    for known in [&reporter.name, &reporter.phone, &reporter.id_number] {
        let known = known.trim();
        // One character is no name that could be told from a word.
        if known.chars().count() > 1 && clean.contains(known) {
            clean = clean.replace(known, NAME);
        }
    }
    let clean = NUMBERS.replace_all(&clean, mask_number);
    let clean = MAIL.replace_all(&clean, "***");
    let clean = PLATE.replace_all(&clean, "***");
    let clean = INTRODUCED.replace_all(&clean, format!("${{1}}${{2}}{NAME}"));
    let clean = PRESENTED.replace_all(&clean, format!("${{1}}{NAME}${{3}}"));
    ADDRESSED.replace_all(&clean, format!("{NAME}${{1}}")).into_owned()
}

/// A reason or a purpose, as a clerk typed it: it stands in the log in the clear.
pub fn reason(typed: &str) -> String {
    text(typed.trim(), &Reporter::default())
}

/// A title for lists: redacted, on one line, at most forty characters.
pub fn title(content: &Content) -> String {
    let raw = if content.title.trim().is_empty() { &content.text } else { &content.title };
    // Enough for the title, and a little more so that a number at the cut is still seen whole.
    let head: String = raw.chars().take(TITLE_MAX * 3).collect();
    let clean = text(&head, &content.reporter);
    let line: String = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().nth(TITLE_MAX).is_none() {
        return line;
    }
    line.chars().take(TITLE_MAX - 1).chain(['…']).collect()
}

/// `138****1234`: enough to tell two numbers apart, not to call.
pub fn phone(number: &str) -> String {
    mask(number)
}

/// `张*`: the surname.
pub fn name(name: &str) -> String {
    name.chars().next().map(|first| format!("{first}*")).unwrap_or_default()
}

fn mask_number(found: &regex::Captures<'_>) -> String {
    mask(&found[0])
}

fn mask(number: &str) -> String {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    if digits.len() == 11 {
        let head: String = digits[..3].iter().collect();
        let tail: String = digits[7..].iter().collect();
        return format!("{head}****{tail}");
    }
    "****".to_owned()
}

#[cfg(test)]
mod specs {
    use super::*;

    fn clean(raw: &str) -> String {
        text(raw, &Reporter { name: "欧阳明".into(), phone: "13812345678".into(), id_number: String::new() })
    }

    #[test]
    fn numbers_are_masked_however_they_are_written() {
        for raw in [
            "13912345678",
            "139-1234-5678",
            "139 1234 5678",
            "１３９１２３４５６７８",
            "0512-65251234",
            "320506199001011234",
        ] {
            let seen = clean(&format!("请打{raw}联系"));
            assert!(!seen.contains(raw) && seen.contains("****"), "{seen}");
        }
        assert_eq!(phone("13812345678"), "138****5678");
    }

    #[test]
    fn the_reporters_own_name_is_taken_out_wherever_it_stands() {
        assert!(!clean("欧阳明家门口").contains("欧阳明"));
    }

    #[test]
    fn a_name_that_is_introduced_is_taken_out() {
        for raw in [
            "我叫王小明",
            "联系人：李雷",
            "我是张伟，住三栋",
            "张女士",
            "请找王建国先生",
            "my name is John Smith",
        ] {
            let seen = clean(raw);
            assert!(seen.contains(NAME), "{seen}");
        }
    }

    #[test]
    fn ordinary_words_are_left_alone() {
        for raw in [
            "业主要求加装电梯",
            "居民反映噪声",
            "诉求人表示问题没有解决",
            "我是一名老师",
            "本人住在三栋",
            "小学老师补课",
        ] {
            assert_eq!(clean(raw), raw);
        }
    }

    #[test]
    fn a_house_number_and_a_year_stay() {
        assert_eq!(clean("2026年3月，幸福路18号"), "2026年3月，幸福路18号");
    }

    #[test]
    fn a_title_is_short_and_on_one_line() {
        let content = Content { text: format!("第一行\n{}", "长".repeat(100)), ..Content::default() };
        let line = title(&content);
        assert_eq!(line.chars().count(), 40);
        assert!(!line.contains('\n'));
    }
}
