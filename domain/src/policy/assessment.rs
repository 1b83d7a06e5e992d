//! 月考·季评·年审 as data: what figures weigh with, which of them make a score, and who is compared with whom.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::keys::Keys;
use crate::fault::Fault;
use crate::ids::{ItemCode, UnitId};

/// What the formulas of figures weigh with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Weights {
    /// What 基本满意 weighs beside 满意, in thousandths.
    pub fairly_satisfied: i64,
    /// 响应, 解决, 满意 in the composite score.
    pub composite: [i64; 3],
}

impl Default for Weights {
    /// 0.9 `[C]`, and 30/35/35 `[S]`.
    fn default() -> Self {
        Self { fairly_satisfied: 900, composite: [30, 35, 35] }
    }
}

/// Grades, by the fewest points for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grades {
    /// 优秀
    pub excellent: i64,
    /// 良好
    pub good: i64,
    /// 合格
    pub pass: i64,
}

/// How months become quarters and quarters a year, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollUp {
    /// The months' mean, and the panel's score.
    pub quarter: [i64; 2],
    /// The quarters' mean, the masses' rating, and 述职评议.
    pub year: [i64; 3],
}

/// Which figures make the score of a class of units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scheme {
    /// The class of units: `grid`, `community`, `station`, `street`, `department`.
    pub class: String,
    /// Name on a Chinese page.
    pub zh: String,
    /// Name on an English page.
    pub en: String,
    /// Weight of each figure by its word; 100 together.
    pub indicators: BTreeMap<String, i64>,
}

/// Points that were given or taken by decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adjustment {
    /// Whose.
    pub unit: UnitId,
    /// The month, `2026-11`.
    pub month: String,
    /// In thousandths of a point; a deduction below zero.
    pub points: i64,
    /// Why.
    pub reason: String,
    /// Who asked for it.
    pub by: String,
    /// Who decided: somebody else.
    pub decided_by: String,
}

/// What others than the log have to say about a quarter or a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judgement {
    /// Whose.
    pub unit: UnitId,
    /// `2026-Q4` or `2026`.
    pub period: String,
    /// 评审组 of a quarter; 群众评议 and 述职评议 of a year.
    pub of: JudgementOf,
    /// In thousandths of a point, of 100.
    pub score: i64,
}

/// Who judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JudgementOf {
    /// 评审组
    Panel,
    /// 群众评议
    Masses,
    /// 述职评议
    Review,
}

/// Read with [`Assessment::parse`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assessment {
    /// Name of this version of the scheme: every score names it.
    pub version: String,
    /// 排名 at all; off by default (国办函〔2025〕66号: 不片面追求排名).
    #[serde(default)]
    pub ranking: bool,
    /// Units on the red list, and on the black.
    pub lists: [usize; 2],
    /// Cases from which on a unit belongs to the next tier of volume.
    #[serde(default)]
    pub tiers: Vec<i64>,
    /// 吹哨率 is unremarkable within this band, in thousandths.
    pub whistle_band: [i64; 2],
    /// Items that are patrolled: a complaint of one is 漏报.
    #[serde(default)]
    pub patrolled: Vec<ItemCode>,
    /// What the formulas weigh with.
    #[serde(default)]
    pub weights: Weights,
    /// Most points that bonuses come to, in thousandths.
    pub bonus_cap: i64,
    /// Grades.
    pub grades: Grades,
    /// Months, quarters, year.
    pub roll_up: RollUp,
    /// Residents, by unit.
    #[serde(default)]
    pub population: BTreeMap<UnitId, i64>,
    /// 难度系数 in hundredths, 100 to 115, by unit.
    #[serde(default)]
    pub difficulty: BTreeMap<UnitId, i64>,
    /// Which figures make a score.
    #[serde(default)]
    pub scheme: Vec<Scheme>,
    /// Points that were given or taken.
    #[serde(default)]
    pub adjustment: Vec<Adjustment>,
    /// What others say.
    #[serde(default)]
    pub judgement: Vec<Judgement>,
}

impl Default for Assessment {
    /// No scheme: figures with their usual weights, and nobody is scored.
    fn default() -> Self {
        Self {
            version: "0".to_owned(),
            ranking: false,
            lists: [5, 5],
            tiers: Vec::new(),
            whistle_band: [0, 1_000],
            patrolled: Vec::new(),
            weights: Weights::default(),
            bonus_cap: 10_000,
            grades: Grades { excellent: 90, good: 80, pass: 60 },
            roll_up: RollUp { quarter: [70, 30], year: [60, 25, 15] },
            population: BTreeMap::new(),
            difficulty: BTreeMap::new(),
            scheme: Vec::new(),
            adjustment: Vec::new(),
            judgement: Vec::new(),
        }
    }
}

impl Assessment {
    /// Reads `assessment.toml`.
    ///
    /// # Errors
    /// `POLICY_SYNTAX` for what is no such file; else every `ASSESSMENT_INVALID` of it.
    pub fn parse(file: &str, text: &str) -> Result<Assessment, Vec<Fault>> {
        let (mut keys, _) = Keys::read(file, text);
        if !keys.faults.is_empty() {
            return keys.finish(Assessment::default());
        }
        let assessment: Assessment = match toml::from_str(text.trim_start_matches('\u{feff}')) {
            Ok(assessment) => assessment,
            Err(error) => {
                let at = error.span().unwrap_or(0..0);
                keys.fault("ASSESSMENT_INVALID", at, "", "此处不对", error.message());
                return keys.finish(Assessment::default());
            }
        };
        for (field, zh, en) in assessment.mistakes() {
            let at = text.find(&field).unwrap_or_default();
            keys.fault("ASSESSMENT_INVALID", at..at, &field, zh, en);
        }
        keys.finish(assessment)
    }

    /// What cannot be meant, with the word by which it is found in the file.
    fn mistakes(&self) -> Vec<(String, &'static str, &'static str)> {
        let mut found = Vec::new();
        let mut wrong = |is: bool, field: &str, zh, en| {
            if is {
                found.push((field.to_owned(), zh, en));
            }
        };
        for scheme in &self.scheme {
            let sum: i64 = scheme.indicators.values().sum();
            let odd = sum != 100 || scheme.indicators.values().any(|weight| *weight <= 0);
            wrong(
                odd,
                &format!("\"{}\"", scheme.class),
                "权重须为正数，合计 100",
                "weights are above 0 and 100 together",
            );
        }
        for (unit, hundredths) in &self.difficulty {
            let odd = !(100..=115).contains(hundredths);
            wrong(odd, &unit.0, "难度系数须在 1.00 至 1.15 之间", "a difficulty is between 1.00 and 1.15");
        }
        for (unit, residents) in &self.population {
            wrong(*residents <= 0, &unit.0, "人口须大于 0", "a population is above 0");
        }
        for given in &self.adjustment {
            wrong(
                given.by == given.decided_by,
                &given.month,
                "加减分须由另一人决定",
                "somebody else decides on points",
            );
        }
        for judged in &self.judgement {
            wrong(
                !(0..=100_000).contains(&judged.score),
                &judged.period,
                "评分须在 0 至 100 之间",
                "a score is between 0 and 100",
            );
        }
        let rising = self.tiers.windows(2).all(|pair| pair[0] < pair[1]);
        wrong(!rising, "tiers", "档次须由小到大", "tiers rise");
        let RollUp { quarter, year } = self.roll_up;
        let whole = quarter.iter().sum::<i64>() == 100 && year.iter().sum::<i64>() == 100;
        wrong(!whole, "roll_up", "合成比例须合计 100", "the parts of a roll-up are 100 together");
        let Weights { fairly_satisfied, composite } = self.weights;
        let usual = (0..=1_000).contains(&fairly_satisfied) && composite.iter().all(|weight| *weight >= 0);
        wrong(
            !usual || composite.iter().sum::<i64>() == 0,
            "weights",
            "折算系数不对",
            "that cannot be a weight",
        );
        found
    }
}

#[cfg(test)]
mod specs {
    use super::*;
    use crate::sample;

    fn faults(text: &str) -> Vec<(String, u64)> {
        let faults = Assessment::parse("assessment.toml", text).expect_err("a fault");
        faults.into_iter().map(|fault| (fault.code, fault.line.unwrap_or_default())).collect()
    }

    #[test]
    fn the_delivered_scheme_ranks_nobody() {
        let assessment = Assessment::parse("assessment.toml", sample::ASSESSMENT).expect("it is sound");
        assert!(!assessment.ranking && !assessment.scheme.is_empty());
        assert_eq!(assessment.weights, Weights::default());
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        let text = sample::ASSESSMENT;
        let line =
            |text: &str, of: &str| text[..text.find(of).expect("there")].matches('\n').count() as u64 + 1;
        let heavy = text.replacen("result = 30", "result = 31", 1);
        assert_eq!(faults(&heavy), [("ASSESSMENT_INVALID".to_owned(), line(&heavy, "\"street\""))]);
        let hard = text.replacen("\"320506001\" = 105", "\"320506001\" = 116", 1);
        assert_eq!(faults(&hard).len(), 1);
        let unknown = format!("colour = \"red\"\n{text}");
        assert_eq!(faults(&unknown), [("ASSESSMENT_INVALID".to_owned(), 1)]);
        assert_eq!(faults("version ="), [("POLICY_SYNTAX".to_owned(), 1)]);
        let alone = format!(
            "{text}\n[[adjustment]]\nunit = \"320506001\"\nmonth = \"2026-11\"\npoints = 1000\nreason = \"…\"\nby = \"a\"\ndecided_by = \"a\"\n"
        );
        assert_eq!(faults(&alone).len(), 1, "nobody gives points alone");
    }
}
