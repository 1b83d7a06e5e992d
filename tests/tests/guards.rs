//! The guards as law: ten thousand random lives in many places, each command by anybody at any time, and
//! every guard of DOMAIN asked after each; and each guard has really been put to the test.

use std::collections::BTreeMap;
use std::sync::Mutex;

use domain::case::Code;
use domain::ids::Rung;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tests::walk::{World, live};

/// The guards, each with what it answers.
const GUARDS: [(&str, Code); 12] = [
    ("no dispatch below an item's lowest rung", Code::BelowLowestRung),
    ("nothing off a community's list goes to a community", Code::CommunityAssistsOnly),
    ("who is accused never receives the case", Code::UnitIsBarred),
    ("for who is accused the case does not exist", Code::CaseNotFound),
    ("a finally designated unit cannot return", Code::FinallyDesignated),
    ("verification and callback never by the handler", Code::HandlerCannotJudge),
    ("an extension is told to the complainant", Code::ComplainantNotTold),
    ("an extension comes before expiry", Code::ExtensionTooLate),
    ("two persons for exclusion, voiding and reading the reporter", Code::SecondPersonNeeded),
    ("who asks does not decide", Code::AskerCannotDecide),
    ("the unit that has it handles it", Code::NotYourUnit),
    ("nobody leaves before it is done", Code::LegsOpen),
];

/// The world in many places: every street that has a community with a grid, with one department after another.
fn worlds() -> Vec<World> {
    let small = World::small();
    let org = &small.rules[0].org;
    let grids = org.units().iter().filter(|unit| unit.kind.as_str() == "grid");
    let departments: Vec<&str> = org
        .units()
        .iter()
        .filter(|unit| unit.kind.as_str() == "department" && unit.code.as_str() != "D-chengguan")
        .map(|unit| unit.code.as_str())
        .collect();
    let places = grids.zip(departments.iter().cycle()).filter_map(|(grid, department)| {
        let community = org.ancestor_at(&grid.code, Rung::Community)?;
        let street = org.ancestor_at(&grid.code, Rung::Street)?;
        Some(small.elsewhere([grid.code.as_str(), community.code.as_str(), street.code.as_str(), department]))
    });
    places.step_by(3).take(12).collect()
}

#[test]
fn no_guard_is_ever_broken_and_every_guard_is_put_to_the_test() {
    let worlds = worlds();
    let refused: Mutex<BTreeMap<&str, u64>> = Mutex::default();
    let life = (0..worlds.len(), any::<usize>(), proptest::collection::vec(any::<usize>(), 40..100));
    let mut runner =
        TestRunner::new(Config { cases: 10_000, failure_persistence: None, ..Config::default() });
    runner
        .run(&life, |(world, beginning, acts)| {
            let lived = live(&worlds[world], beginning, &acts);
            prop_assert!(lived.broken.is_empty(), "{}", lived.broken.join("\n\n"));
            let mut refused = refused.lock().expect("one thread");
            lived.refused.iter().for_each(|code| *refused.entry(code.as_str()).or_default() += 1);
            Ok(())
        })
        .expect("no guard is broken");
    let refused = refused.into_inner().expect("one thread");
    for (guard, code) in GUARDS {
        let tried = refused.get(code.as_str()).copied().unwrap_or_default();
        assert!(tried >= 20, "{guard}: only {tried} of 10,000 lives tried; {refused:?}");
    }
}
