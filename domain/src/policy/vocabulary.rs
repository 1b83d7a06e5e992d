//! Another system's words for where a case is: its codes beside our own (DOMAIN §2.6, §2.7).
//!
//! Each of our words is told by one code, and each code means one of our words; where several are told
//! alike, or several mean alike, the row says so itself and the reader holds it to it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::case::event::OutsideDecision;
use crate::case::whistle::Phase;
use crate::case::{Life, State};
use crate::fault::Fault;
use crate::org::table::{Row, Table};
use crate::policy::Matter;

const REQUIRED: [&str; 5] = ["ours", "code", "text", "use", "reads"];
const OPTIONAL: [&str; 3] = ["stage", "decision", "note"];

/// Our words that say more than a state of life. A table may leave them out: then the state is told.
pub const FINER: [&str; 10] = [
    "in_progress.reopened",
    "in_progress.whistle_proposed",
    "in_progress.called",
    "in_progress.responded",
    "in_progress.arrived",
    "awaiting_outside.return",
    "awaiting_outside.extension",
    "awaiting_outside.closing",
    "awaiting_outside.rating",
    "closed.voided",
];

/// 对方状态 · where a case is, in the words of the system that sent it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Theirs {
    /// 对照表 · the table by which it is told.
    pub vocabulary: String,
    /// 代码 · their code.
    pub code: String,
    /// 名称 · their word.
    pub text: String,
    /// 环节 · their stage, where they have stages.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stage: String,
}

/// Which way a row is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Use {
    /// Our word is told by this code, and the code means our word.
    Both,
    /// The code means our word, which is told by another code: `reads`.
    In,
    /// Our word is told by this code, which means another of our words: `reads`.
    Out,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Our word: a state of life, or one of [`FINER`].
    pub ours: String,
    /// Their code.
    pub code: String,
    /// Their word.
    pub text: String,
    /// Their stage.
    pub stage: String,
    /// Which way it is read.
    pub used: Use,
    /// What it reads as on the way back.
    pub reads: String,
    /// What the sending system has decided when it sends this code.
    pub decision: Option<OutsideDecision>,
    /// Line of the file.
    pub line: u64,
}

/// A table. Read with [`Vocabulary::parse`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Vocabulary {
    /// Its name.
    pub name: String,
    entries: Vec<Entry>,
    #[serde(skip)]
    out: BTreeMap<String, usize>,
    #[serde(skip)]
    back: BTreeMap<String, usize>,
}

impl Vocabulary {
    /// Reads a table (CSV). Columns `ours,code,text,use,reads` and if wanted `stage,decision,note`.
    /// `use` is both, in or out; `reads` is empty for both, for `in` the code by which `ours` is told,
    /// for `out` the word that the code means.
    ///
    /// Errors: every fault of the file in order of line; `VOCABULARY_*`, `TABLE_*`.
    pub fn parse(name: &str, file: &str, text: &str) -> Result<Vocabulary, Vec<Fault>> {
        let mut table = Table::read(file, text, &REQUIRED, &OPTIONAL);
        let rows = std::mem::take(&mut table.rows);
        let entries: Vec<Entry> = rows.iter().filter_map(|row| entry(&mut table, row)).collect();
        let whole = entries.len() == rows.len();
        let out = index(&mut table, &entries, "ours", |entry| {
            (entry.used != Use::In).then_some(entry.ours.as_str())
        });
        let back = index(&mut table, &entries, "code", |entry| {
            (entry.used != Use::Out).then_some(entry.code.as_str())
        });
        let vocabulary = Vocabulary { name: name.to_owned(), entries, out, back };
        if whole {
            vocabulary.check(&mut table);
        }
        table.faults.sort_by_key(|fault| fault.line);
        if table.faults.is_empty() { Ok(vocabulary) } else { Err(table.faults) }
    }

    /// All rows in order of the file.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// By which code one of our words is told.
    pub fn told(&self, ours: &str) -> Option<&Entry> {
        self.entries.get(*self.out.get(ours)?)
    }

    /// What one of their codes means.
    pub fn meant(&self, code: &str) -> Option<&Entry> {
        self.entries.get(*self.back.get(code.trim())?)
    }

    /// Where a case is, in their words: as much as the table can say.
    pub fn status(&self, state: &State) -> Option<Theirs> {
        let finer = finer(state).into_iter().flatten();
        let entry = finer.chain([state.life.as_str()]).find_map(|word| self.told(word))?;
        Some(Theirs {
            vocabulary: self.name.clone(),
            code: entry.code.clone(),
            text: entry.text.clone(),
            stage: entry.stage.clone(),
        })
    }

    /// Every state of life is told; a row that is read one way only says truly how the other goes.
    fn check(&self, table: &mut Table) {
        for life in Life::ALL.into_iter().filter(|life| *life != Life::Absent) {
            if self.told(life.as_str()).is_none() {
                table.fault(
                    "VOCABULARY_LIFE_MISSING",
                    1,
                    "ours",
                    &format!("状态「{}」（{}）没有对应的代码", life.zh(), life.as_str()),
                    &format!("the state `{}` has no code", life.as_str()),
                );
            }
        }
        for entry in &self.entries {
            let reads = match entry.used {
                Use::Both => "",
                Use::In => self.told(&entry.ours).map_or("", |told| told.code.as_str()),
                Use::Out => self.meant(&entry.code).map_or("", |meant| meant.ours.as_str()),
            };
            if entry.reads != reads || (entry.used != Use::Both && reads.is_empty()) {
                table.fault(
                    "VOCABULARY_ROUND_TRIP",
                    entry.line,
                    "reads",
                    &format!("往返不一致：这里写「{}」，按表应为「{reads}」", entry.reads),
                    &format!(
                        "there and back do not agree: it says `{}`, the table gives `{reads}`",
                        entry.reads
                    ),
                );
            }
        }
    }
}

/// What can be said of it beyond its state of life, the most telling first.
fn finer(state: &State) -> [Option<&'static str>; 4] {
    let phase = |wanted| state.whistle.legs.iter().any(|leg| leg.phase == wanted);
    let called = match state.life {
        Life::InProgress if phase(Phase::Called) => Some("in_progress.called"),
        Life::InProgress if phase(Phase::Arrived) => Some("in_progress.arrived"),
        Life::InProgress if phase(Phase::Responded) => Some("in_progress.responded"),
        _ => None,
    };
    let is = |life, so: bool, word| (state.life == life && so).then_some(word);
    let asked = match state.hands.outside.as_ref().map(|(matter, _)| matter) {
        Some(Matter::Return) => "awaiting_outside.return",
        Some(Matter::Extension) => "awaiting_outside.extension",
        Some(Matter::Closing) => "awaiting_outside.closing",
        Some(Matter::Rating) => "awaiting_outside.rating",
        None => "awaiting_outside",
    };
    [
        is(Life::InProgress, state.whistle.proposed.is_some(), "in_progress.whistle_proposed").or(called),
        is(Life::InProgress, state.reopened > 0, "in_progress.reopened"),
        is(Life::AwaitingOutside, true, asked),
        is(Life::Closed, state.voided, "closed.voided"),
    ]
}

fn entry(table: &mut Table, row: &Row) -> Option<Entry> {
    let text = |table: &Table, column: &str| table.cell(row, column).to_owned();
    let (ours, code, word) = (text(table, "ours"), text(table, "code"), text(table, "use"));
    let known = FINER.contains(&ours.as_str()) || Life::parse(&ours).is_some_and(|life| life != Life::Absent);
    if !known {
        let (zh, en) = ("不是我方的状态", "none of our words for where a case is");
        table.fault("VOCABULARY_WORD_UNKNOWN", row.line, "ours", zh, en);
    }
    for column in ["code", "text"] {
        if table.cell(row, column).is_empty() {
            table.fault("VOCABULARY_CELL_EMPTY", row.line, column, "不得为空", "must not be empty");
        }
    }
    let used = match word.as_str() {
        "both" => Some(Use::Both),
        "in" => Some(Use::In),
        "out" => Some(Use::Out),
        _ => {
            let (zh, en) = ("应为 both、in 或 out", "must be both, in or out");
            table.fault("VOCABULARY_USE_UNKNOWN", row.line, "use", zh, en);
            None
        }
    };
    let decided = text(table, "decision");
    let decision = OutsideDecision::ALL.iter().find(|(name, _)| *name == decided).map(|(_, one)| *one);
    if decision.is_none() && !decided.is_empty() {
        let names: Vec<&str> = OutsideDecision::ALL.iter().map(|(name, _)| *name).collect();
        let (zh, en) =
            (format!("应为 {} 之一", names.join("、")), format!("must be one of {}", names.join(", ")));
        table.fault("VOCABULARY_DECISION_UNKNOWN", row.line, "decision", &zh, &en);
    }
    let (text_, stage, reads) = (text(table, "text"), text(table, "stage"), text(table, "reads"));
    Some(Entry {
        ours,
        code,
        text: text_,
        stage,
        used: used.filter(|_| known)?,
        reads,
        decision,
        line: row.line,
    })
}

/// Rows by a column, each value once among those that count.
fn index(
    table: &mut Table,
    entries: &[Entry],
    column: &str,
    key: impl Fn(&Entry) -> Option<&str>,
) -> BTreeMap<String, usize> {
    let mut index: BTreeMap<String, usize> = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate() {
        let Some(key) = key(entry) else { continue };
        match index.get(key).and_then(|first| entries.get(*first)) {
            Some(first) => table.fault(
                "VOCABULARY_REPEATED",
                entry.line,
                column,
                &format!("「{key}」在第 {} 行已有对应；只有一行可以算数", first.line),
                &format!("`{key}` has its row on line {}; only one may count", first.line),
            ),
            None => drop(index.insert(key.to_owned(), at)),
        }
    }
    index
}

#[cfg(test)]
mod specs {
    use super::*;
    use crate::sample::VOCABULARIES;

    fn delivered() -> Vec<Vocabulary> {
        VOCABULARIES.iter().map(|(name, text)| Vocabulary::parse(name, name, text).unwrap()).collect()
    }

    #[test]
    fn every_state_of_life_is_told_in_both_vocabularies() {
        for vocabulary in delivered() {
            for life in Life::ALL.into_iter().filter(|life| *life != Life::Absent) {
                let state = State { life, ..State::default() };
                assert!(vocabulary.status(&state).is_some(), "{} {life:?}", vocabulary.name);
            }
        }
    }

    #[test]
    fn there_and_back_is_the_same_word_except_where_the_row_says_which_other() {
        for vocabulary in delivered() {
            for entry in vocabulary.entries() {
                let back = vocabulary.meant(&vocabulary.told(&entry.ours).unwrap().code).unwrap();
                let again = vocabulary.told(&back.ours).unwrap();
                match entry.used {
                    // Ours → theirs → ours.
                    Use::Both => assert_eq!(back.ours, entry.ours),
                    Use::Out => assert_eq!(back.ours, entry.reads),
                    Use::In => assert_eq!(vocabulary.told(&entry.ours).unwrap().code, entry.reads),
                }
                // Once there, it stays: on the image it is the identity.
                assert_eq!(vocabulary.meant(&again.code).unwrap().ours, back.ours);
            }
        }
    }

    #[test]
    fn each_of_their_codes_comes_back_as_itself_or_as_the_code_that_its_row_names() {
        for vocabulary in delivered() {
            let codes: std::collections::BTreeSet<&str> =
                vocabulary.entries().iter().map(|entry| entry.code.as_str()).collect();
            for code in codes {
                let meant = vocabulary.meant(code).unwrap_or_else(|| panic!("{code} means nothing"));
                let told = vocabulary.told(&meant.ours).unwrap();
                let wanted = if meant.used == Use::In { meant.reads.as_str() } else { code };
                assert_eq!(told.code, wanted, "{}", vocabulary.name);
            }
        }
    }

    #[test]
    fn the_codes_are_those_that_were_seen() {
        let [wuxi, taian] = delivered().try_into().unwrap();
        for (code, ours) in [("1189", "registered"), ("116", "dispatched"), ("120", "in_progress.reopened")] {
            assert_eq!(wuxi.meant(code).unwrap().ours, ours);
        }
        assert_eq!(wuxi.meant("159").unwrap().decision, Some(OutsideDecision::ReturnApproved));
        assert_eq!((wuxi.meant("999"), taian.meant("107")), (None, None));
        let handled = taian.status(&State { life: Life::Handled, ..State::default() }).unwrap();
        assert_eq!((handled.code.as_str(), handled.stage.as_str()), ("已处置", "处置"));
    }

    #[test]
    fn a_case_is_told_as_closely_as_the_table_can() {
        let [wuxi, taian] = delivered().try_into().unwrap();
        let mut state = State { life: Life::InProgress, reopened: 1, ..State::default() };
        assert_eq!(wuxi.status(&state).unwrap().code, "120");
        assert_eq!(taian.status(&state).unwrap().code, "待处置", "it has no word for a reopened case");
        state.life = Life::AwaitingOutside;
        state.hands.outside = Some((Matter::Return, None));
        assert_eq!(wuxi.status(&state).unwrap().code, "145");
    }

    #[test]
    fn every_mistake_is_named_with_its_line() {
        let (_, text) = VOCABULARIES[1];
        let spoilt = text
            .replace("suspended,待处置", "hanging,待处置")
            .replace("declined,已结案,已结案,结案,out,closed", "declined,已结案,已结案,结案,out,archived")
            .replace("closing_confirmed", "closing_maybe");
        let found = |text: &str| -> Vec<_> {
            let faults = Vocabulary::parse("t", "t.csv", text).err().unwrap_or_default();
            faults.into_iter().map(|fault| (fault.code, fault.line.unwrap(), fault.field)).collect()
        };
        let wanted = |code: &str, line, field: &str| (code.to_owned(), line, field.to_owned());
        assert_eq!(
            found(&spoilt),
            [
                wanted("VOCABULARY_DECISION_UNKNOWN", 11, "decision"),
                wanted("VOCABULARY_WORD_UNKNOWN", 13, "ours"),
            ]
        );
        let round = text
            .replace("declined,已结案,已结案,结案,out,closed", "declined,已结案,已结案,结案,out,archived");
        assert_eq!(found(&round), [wanted("VOCABULARY_ROUND_TRIP", 18, "reads")]);
        let missing: String =
            text.lines().filter(|line| !line.starts_with("merged")).map(|line| format!("{line}\n")).collect();
        assert_eq!(found(&missing), [wanted("VOCABULARY_LIFE_MISSING", 1, "ours")]);
        let twice = format!("{text}closed,已办结,已办结,结案,both,,,\n");
        assert_eq!(found(&twice), [wanted("VOCABULARY_REPEATED", 23, "ours")]);
    }
}
