//! The figures of DOMAIN §3: each formula is one function over a [`Tally`], and nothing else makes a figure.
//!
//! Marks say where a formula was found: `[P]` law, `[S]` news and government pages, `[C]` public code, `[D]` our own
//! design. Excluded cases are in no numerator and no denominator; how many they are stands beside every score.

pub mod asides;
pub mod callback;
pub mod levels;
pub mod limits;
pub mod quality;
pub mod score;
pub mod supervision;
pub mod whistle;

mod ratio;
mod tally;

pub use ratio::{Ratio, SAMPLE};
pub use tally::Tally;

pub use domain::policy::Weights;

/// How a figure is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// A share: the higher the better.
    High,
    /// A share: the lower the better.
    Low,
    /// A share that is good at neither end: it has a band and no place in an order.
    Band,
    /// A mean of ratings from 1 to 5.
    Rating,
}

/// A figure: its name, its words, how it is read, and its formula.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// The word in addresses, files and interfaces.
    pub key: &'static str,
    /// The word on a Chinese page.
    pub zh: &'static str,
    /// The word on an English page.
    pub en: &'static str,
    /// How it is read.
    pub reading: Reading,
    /// The formula.
    pub formula: fn(&Tally, &Weights) -> Ratio,
}

macro_rules! metrics {
    ($($key:literal $zh:literal $en:literal $reading:ident $formula:path;)+) => {
        /// Every figure that is made of one tally, in the order of DOMAIN §3.
        pub const ALL: &[Metric] = &[$(Metric {
            key: $key, zh: $zh, en: $en, reading: Reading::$reading, formula: $formula,
        }),+];
    };
}

metrics! {
    "response" "响应率" "Contacted" High callback::response;
    "first_contact" "首联及时率" "First contact in time" High limits::contact;
    "solution" "解决率" "Solved" High callback::solution;
    "satisfaction" "满意率" "Satisfied" High callback::satisfaction;
    "composite" "综合得分（三率）" "Composite of the three" High callback::composite;
    "signing" "按时签收率" "Signed in time" High limits::signing;
    "result" "按期办结率" "Result in time" High limits::result;
    "closing" "按期结案率" "Closed in time" High limits::closing;
    "at_once" "一次办结率" "Settled at once" High quality::at_once;
    "reopened" "重办率" "Reopened" Low quality::reopened;
    "rework" "返工率" "Checks failed" Low quality::rework;
    "returned" "退单率" "Returned" Low quality::returned;
    "misdirected" "错误派遣率" "Misdirected" Low quality::misdirected;
    "overdue" "超期率" "Overdue" Low limits::overdue;
    "called_back" "回访率" "Called back" High callback::called_back;
    "valid_callback" "有效回访率" "Valid callbacks" High callback::valid;
    "suspended" "挂账率" "Suspended" Low asides::suspended;
    "extended" "延期率" "Extended" Low asides::extended;
    "excluded" "剔除率" "Excluded" Low asides::excluded;
    "sounded" "吹哨率" "Whistles" Band whistle::sounded;
    "responded" "应哨及时率" "Responded in time" High whistle::responded;
    "arrived" "报到率" "Reported in" High whistle::arrived;
    "finished" "哨办结率" "Legs finished" High whistle::finished;
    "rating" "评哨分" "Rating of the called" Rating whistle::rating;
    "sounder_rating" "被评哨分" "Rating of the sounder" Rating whistle::sounder_rating;
    "grid" "网格自处置率" "Closed by a grid" High levels::grid;
    "community" "社区化解率" "Closed by a community" High levels::community;
    "skipped" "越级率" "Rungs passed over" Low levels::skipped;
    "found_first" "未诉先办率" "Found first" High levels::found_first;
    "repeated" "重复诉求率" "Came again" Low quality::repeated;
    "first_lead" "主办牵头率" "Led to the end" High quality::first_lead;
    "co_units" "协办按期率" "Co-units in time" High limits::co_units;
    "orders" "督办销号率" "Orders struck off" High supervision::orders;
    "notices" "通报整改率" "Notices rectified" High supervision::notices;
}

impl Metric {
    /// The figure of this name.
    pub fn named(key: &str) -> Option<&'static Metric> {
        ALL.iter().find(|metric| metric.key == key)
    }

    /// What it is for these numbers.
    pub fn of(&self, tally: &Tally, weights: &Weights) -> Ratio {
        (self.formula)(tally, weights)
    }
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn every_figure_has_a_name_of_its_own_and_nothing_is_made_of_nothing() {
        for (place, metric) in ALL.iter().enumerate() {
            assert!(ALL[..place].iter().all(|other| other.key != metric.key && other.zh != metric.zh));
            let ratio = metric.of(&Tally::default(), &Weights::default());
            assert_eq!((ratio.thousandths(), ratio.is_enough()), (None, false), "{}", metric.key);
        }
    }
}
