//! 层级与来源: 小事不出网格、大事不出社区, and who found it first.

use super::{Ratio, Tally, Weights};

/// 网格自处置率 = closed by a grid ÷ all.
pub fn grid(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.closed_at_grid, tally.cases)
}

/// 社区化解率 = closed by a community or below ÷ all.
pub fn community(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.closed_at_community, tally.cases)
}

/// 越级率 = escalations past a rung ÷ escalations.
pub fn skipped(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.skips, tally.escalations)
}

/// 未诉先办率 = found by patrol ÷ (found by patrol + complaints).
pub fn found_first(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.patrol, tally.patrol + tally.complaints)
}

/// 漏报率 = complaints of items that are patrolled ÷ all: 公众举报即漏报. `[C]` Which items are patrolled is data.
pub fn missed(patrolled: &Tally, all: &Tally) -> Ratio {
    Ratio::of(patrolled.complaints, all.cases)
}

/// 万人诉求量 = complaints ÷ residents × 10,000. The population is data.
pub fn per_ten_thousand(tally: &Tally, residents: i64) -> Ratio {
    Ratio { numerator: tally.complaints * 10_000, denominator: residents, sample: tally.complaints }
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn complaints_of_ten_thousand_residents() {
        let year = Tally { complaints: 573_251, ..Tally::default() };
        let ratio = per_ten_thousand(&year, 1_120_000);
        assert_eq!(ratio.hundredths().map(|value| value / 100), Some(5_118), "吴中 2018, DOMAIN §3");
    }

    #[test]
    fn what_the_patrol_should_have_seen() {
        let (items, all) = (
            Tally { complaints: 12, patrol: 8, ..Tally::default() },
            Tally { cases: 60, ..Tally::default() },
        );
        assert_eq!(missed(&items, &all), Ratio::of(12, 60));
    }
}
