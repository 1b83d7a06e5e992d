//! 时限: what was done by its limit. A limit that has not passed, of something that is not done, is in neither
//! part of a figure.

use super::{Ratio, Tally, Weights};

/// 首联及时率 = contacted within the limit ÷ dispatched with such a limit, done or passed: 响应率 as the log knows it.
pub fn contact(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.contacted_in_time, tally.to_contact)
}

/// 按时签收率 = signed in time ÷ to sign. `[S]`
pub fn signing(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.signed_in_time, tally.to_sign)
}

/// 按期办结率 = result in time ÷ due, with what is open and late.
pub fn result(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.in_time, tally.due())
}

/// 按期结案率（城管）= closed in time ÷ to be closed. `[S]`
pub fn closing(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.closed_in_time, tally.due())
}

/// 超期率 = (late + open and late) ÷ due.
pub fn overdue(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.late + tally.overdue, tally.due())
}

/// 协办按期率 = co-units' parts in time ÷ co-units' parts.
pub fn co_units(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.co_in_time, tally.co_parts)
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn what_is_open_and_late_weighs_against_a_unit() {
        let tally = Tally { in_time: 80, late: 10, overdue: 10, closed_in_time: 75, ..Tally::default() };
        let weights = Weights::default();
        assert_eq!(result(&tally, &weights), Ratio::of(80, 100));
        assert_eq!(closing(&tally, &weights), Ratio::of(75, 100));
        assert_eq!(overdue(&tally, &weights), Ratio::of(20, 100));
    }
}
