//! How much time is allowed: `15min 2h 3wh 5wd 7nd`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::fault::Fault;

/// An amount of time in one of the four clocks (DOMAIN §2.8). Written, read and
/// serialised as a short word; at most ten years of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Budget {
    /// 紧急工时: every hour runs, night and holiday too. `15min`, `2h`.
    Continuous {
        /// Length in minutes.
        minutes: u32,
    },
    /// 工作时: only the sessions of working days run. `3wh` (`90wmin` where it is no whole hour).
    WorkHours {
        /// Length in minutes.
        minutes: u32,
    },
    /// 工作日: whole working days after the day of intake. `5wd`. `0wd` is 当日: the day itself.
    WorkDays {
        /// Number of days.
        days: u32,
    },
    /// 自然日: whole days after the day of intake. `7nd`.
    NaturalDays {
        /// Number of days.
        days: u32,
    },
}

/// The four units, without an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Unit {
    /// Continuous hours.
    #[serde(rename = "h")]
    Hour,
    /// Hours inside sessions of working days.
    #[serde(rename = "wh")]
    WorkHour,
    /// Working days.
    #[serde(rename = "wd")]
    WorkDay,
    /// Natural days.
    #[serde(rename = "nd")]
    NaturalDay,
}

impl Unit {
    /// The largest amount that is read: ten years, in minutes or in days.
    const fn most(self) -> u32 {
        match self {
            Unit::Hour => 3_660 * 24 * 60,
            Unit::WorkHour => 20_000 * 60,
            Unit::WorkDay => 2_610,
            Unit::NaturalDay => 3_660,
        }
    }
}

impl Budget {
    /// 当日: by the close of business of the day itself.
    pub const SAME_DAY: Budget = Budget::WorkDays { days: 0 };

    /// Reads `15min`, `2h`, `3wh`, `90wmin`, `5wd`, `7nd`. A whole number above zero, no
    /// sign, no fraction, no blank inside; at most ten years. `0wd`, or 当日, is the same day.
    /// Fault `BUDGET_INVALID` otherwise.
    pub fn parse(word: &str) -> Result<Budget, Fault> {
        let word = word.trim();
        if let "0wd" | "当日" | "same day" = word {
            return Ok(Self::SAME_DAY);
        }
        let split = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
        let (digits, unit) = word.split_at(split);
        let (unit, scale) = match unit {
            "min" => (Unit::Hour, 1),
            "h" => (Unit::Hour, 60),
            "wmin" => (Unit::WorkHour, 1),
            "wh" => (Unit::WorkHour, 60),
            "wd" => (Unit::WorkDay, 1),
            "nd" => (Unit::NaturalDay, 1),
            _ => return Err(invalid(word)),
        };
        digits
            .parse::<u32>()
            .ok()
            .and_then(|number| number.checked_mul(scale))
            .filter(|amount| (1..=unit.most()).contains(amount))
            .map(|amount| Budget::of(unit, amount))
            .ok_or_else(|| invalid(word))
    }

    /// This many minutes (hours) or days of the unit, unchecked.
    pub(crate) fn of(unit: Unit, amount: u32) -> Budget {
        match unit {
            Unit::Hour => Budget::Continuous { minutes: amount },
            Unit::WorkHour => Budget::WorkHours { minutes: amount },
            Unit::WorkDay => Budget::WorkDays { days: amount },
            Unit::NaturalDay => Budget::NaturalDays { days: amount },
        }
    }

    /// Which of the four clocks it is.
    pub fn unit(self) -> Unit {
        match self {
            Budget::Continuous { .. } => Unit::Hour,
            Budget::WorkHours { .. } => Unit::WorkHour,
            Budget::WorkDays { .. } => Unit::WorkDay,
            Budget::NaturalDays { .. } => Unit::NaturalDay,
        }
    }

    /// Minutes for the clocks by hours, days for the clocks by days.
    pub fn amount(self) -> u32 {
        match self {
            Budget::Continuous { minutes } | Budget::WorkHours { minutes } => minutes,
            Budget::WorkDays { days } | Budget::NaturalDays { days } => days,
        }
    }

    /// The amount as people say it in Chinese, e.g. `5 个工作日`.
    pub fn zh(self) -> String {
        let amount = self.amount();
        match self.unit() {
            _ if self == Self::SAME_DAY => "当日".to_owned(),
            Unit::Hour if !amount.is_multiple_of(60) => format!("{amount} 分钟"),
            Unit::Hour => format!("{} 小时", amount / 60),
            Unit::WorkHour if !amount.is_multiple_of(60) => format!("{amount} 工作分钟"),
            Unit::WorkHour => format!("{} 工作时", amount / 60),
            Unit::WorkDay => format!("{amount} 个工作日"),
            Unit::NaturalDay => format!("{amount} 个自然日"),
        }
    }

    /// The amount as people say it in English, e.g. `5 working days`.
    pub fn en(self) -> String {
        let plural = |number: u32, what: &str| match number {
            1 => format!("1 {what}"),
            _ => format!("{number} {what}s"),
        };
        let amount = self.amount();
        match self.unit() {
            _ if self == Self::SAME_DAY => "the same day".to_owned(),
            Unit::Hour if !amount.is_multiple_of(60) => plural(amount, "minute"),
            Unit::Hour => plural(amount / 60, "hour"),
            Unit::WorkHour if !amount.is_multiple_of(60) => plural(amount, "working minute"),
            Unit::WorkHour => plural(amount / 60, "working hour"),
            Unit::WorkDay => plural(amount, "working day"),
            Unit::NaturalDay => plural(amount, "natural day"),
        }
    }
}

fn invalid(word: &str) -> Fault {
    let shown: String = word.chars().take(20).collect();
    Fault::new(
        "BUDGET_INVALID",
        format!(
            "时限「{shown}」无法识别，应为 15min、2h、3wh、5wd、7nd 之类的正整数（0wd 为当日），且不超过十年"
        ),
        format!(
            "the budget “{shown}” must be like 15min, 2h, 3wh, 5wd or 7nd, above zero (0wd: the same day) and at most ten years"
        ),
    )
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let amount = self.amount();
        match self.unit() {
            Unit::Hour if !amount.is_multiple_of(60) => write!(f, "{amount}min"),
            Unit::Hour => write!(f, "{}h", amount / 60),
            Unit::WorkHour if !amount.is_multiple_of(60) => write!(f, "{amount}wmin"),
            Unit::WorkHour => write!(f, "{}wh", amount / 60),
            Unit::WorkDay => write!(f, "{amount}wd"),
            Unit::NaturalDay => write!(f, "{amount}nd"),
        }
    }
}

impl FromStr for Budget {
    type Err = Fault;
    fn from_str(word: &str) -> Result<Self, Fault> {
        Budget::parse(word)
    }
}

impl TryFrom<String> for Budget {
    type Error = Fault;
    fn try_from(word: String) -> Result<Self, Fault> {
        Budget::parse(&word)
    }
}

impl From<Budget> for String {
    fn from(budget: Budget) -> String {
        budget.to_string()
    }
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn a_budget_reads_as_it_is_written() {
        for word in ["15min", "2h", "3wh", "90wmin", "0wd", "5wd", "7nd", "87840h", "3660nd"] {
            assert_eq!(Budget::parse(word).unwrap().to_string(), word);
        }
        assert_eq!(Budget::parse(" 60min ").unwrap().to_string(), "1h");
    }

    #[test]
    fn nothing_absurd_is_a_budget() {
        for word in [
            "",
            "5",
            "wd",
            "0h",
            "0wh",
            "0nd",
            "00wd",
            "-1wd",
            "+1wd",
            "1.5h",
            "5 wd",
            "5WD",
            "5d",
            "3661nd",
            "87841h",
            "99999999999h",
            "4294967295h",
            "５wd",
        ] {
            assert_eq!(Budget::parse(word).unwrap_err().code, "BUDGET_INVALID", "{word}");
        }
    }

    #[test]
    fn in_json_a_budget_is_its_word() {
        let budget = Budget::WorkDays { days: 5 };
        assert_eq!(serde_json::to_string(&budget).unwrap(), r#""5wd""#);
        assert_eq!(serde_json::from_str::<Budget>(r#""5wd""#).unwrap(), budget);
        assert!(serde_json::from_str::<Budget>(r#""0nd""#).is_err());
    }

    #[test]
    fn a_budget_is_said_in_both_languages() {
        let say = |word| {
            let budget = Budget::parse(word).unwrap();
            (budget.zh(), budget.en())
        };
        assert_eq!(say("5wd"), ("5 个工作日".into(), "5 working days".into()));
        assert_eq!(say("当日"), ("当日".into(), "the same day".into()));
        assert_eq!(say("15min"), ("15 分钟".into(), "15 minutes".into()));
        assert_eq!(say("1wh"), ("1 工作时".into(), "1 working hour".into()));
    }
}
