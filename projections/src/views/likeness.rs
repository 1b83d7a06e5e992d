//! 疑似重复: how much two complaints are alike, by place, item, time and text (国办函〔2025〕66号: 重复诉求
//! 原则上并单处理). A suggestion for a person, never a decision.

use std::collections::HashSet;

use serde::Serialize;

use super::case_row::CaseRow;
use super::words;

/// Titles that share so many of their words say the same, in percent.
const SAME_TEXT: u32 = 50;

/// What two complaints have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Likeness {
    /// In the same community.
    pub place: bool,
    /// Of the same item.
    pub item: bool,
    /// Days between their arrivals.
    pub days: u32,
    /// Share of the words of their titles that they have in common, in percent.
    pub text: u32,
}

impl Likeness {
    /// What they have in common; none where that is too little: the same item in the same community, or
    /// the same words and nothing that speaks against it.
    pub fn between(left: &CaseRow, right: &CaseRow) -> Option<Self> {
        let place = left.locality.is_some() && left.locality == right.locality;
        let item = left.item.is_some() && left.item == right.item;
        let elsewhere = !place && left.locality.is_some() && right.locality.is_some();
        let other = !item && left.item.is_some() && right.item.is_some();
        let hours = left.received_at.duration_since(right.received_at).as_hours().unsigned_abs();
        let days = u32::try_from(hours / 24).unwrap_or(u32::MAX);
        let text = share(&left.title, &right.title);
        let alike = (place && item) || (text >= SAME_TEXT && !elsewhere && (place || !other));
        alike.then_some(Self { place, item, days, text })
    }

    /// The greater, the more alike; a day counts like one percent of the words.
    pub fn score(&self) -> i64 {
        let points = |same: bool| if same { 40 } else { 0 };
        i64::from(self.text) + points(self.place) + points(self.item) - i64::from(self.days)
    }
}

/// Common words of both, twice, of the words of each (Dice), in percent.
fn share(left: &str, right: &str) -> u32 {
    let (left, right): (HashSet<String>, HashSet<String>) = (words::pairs(left), words::pairs(right));
    let all = left.len() + right.len();
    let common = left.intersection(&right).count();
    u32::try_from((200 * common).checked_div(all).unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod specs {
    use domain::ids::{ItemCode, UnitId};

    use super::*;

    fn case(title: &str, place: &str, item: &str, at: &str) -> CaseRow {
        CaseRow {
            title: title.into(),
            locality: Some(UnitId::new(place)).filter(|_| !place.is_empty()),
            item: Some(ItemCode::new(item)).filter(|_| !item.is_empty()),
            received_at: at.parse().expect("a time"),
            ..CaseRow::default()
        }
    }

    const NOW: &str = "2026-11-20T10:00:00+08:00";

    #[test]
    fn the_same_item_in_the_same_community_is_alike_whatever_the_words() {
        let left = case("占道经营", "A", "0306", NOW);
        let right = case("烧烤摊油烟", "A", "0306", "2026-11-18T09:00:00+08:00");
        let likeness = Likeness::between(&left, &right).expect("alike");
        assert_eq!((likeness.place, likeness.item, likeness.days), (true, true, 2));
    }

    #[test]
    fn the_same_words_are_alike_where_place_or_item_is_not_known_yet() {
        let left = case("龙桥社区门口路灯不亮", "", "", NOW);
        let right = case("龙桥社区门口的路灯不亮了", "A", "0102", NOW);
        assert!(Likeness::between(&left, &right).expect("alike").text > 70);
        let far = case("龙桥社区门口路灯不亮", "B", "0102", NOW);
        assert_eq!(Likeness::between(&right, &far), None, "the same words of two communities");
    }

    #[test]
    fn another_matter_in_the_same_community_is_not_alike() {
        let left = case("路灯不亮", "A", "0102", NOW);
        assert_eq!(Likeness::between(&left, &case("噪音扰民", "A", "0301", NOW)), None);
        assert_eq!(Likeness::between(&left, &case("", "", "", NOW)), None);
    }

    #[test]
    fn of_two_that_are_alike_the_later_one_and_the_one_with_more_words_comes_first() {
        let here = case("路灯不亮", "A", "0102", NOW);
        let score = |title, at| {
            Likeness::between(&here, &case(title, "A", "0102", at)).map(|likeness| likeness.score())
        };
        assert!(score("路灯不亮", NOW) > score("路灯不亮", "2026-11-01T10:00:00+08:00"));
        assert!(score("路灯不亮", NOW) > score("漆黑一片", NOW));
    }
}
