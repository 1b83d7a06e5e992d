//! 吹哨报到: both sides are assessed (北京条例 §33). Sounding counts for the unit that leads the case, the answer for
//! the unit that was called.

use super::{Ratio, Tally, Weights};

/// 吹哨率 = whistles ÷ cases at that level. Neither high nor low is good: shown with a band, never in a score. `[S]`
pub fn sounded(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.whistles, tally.cases)
}

/// 应哨及时率 = responded in time ÷ called.
pub fn responded(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.responded_in_time, tally.called)
}

/// 报到率 = arrived ÷ called.
pub fn arrived(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.arrived, tally.called)
}

/// 哨办结率 = finished ÷ responded.
pub fn finished(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.finished, tally.responded)
}

/// 评哨分 = mean of the ratings that the sounders gave, of five.
pub fn rating(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.score, tally.ratings)
}

/// 被评哨分 = mean of the ratings that the called units gave to the sounder, of five.
pub fn sounder_rating(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.sounder_score, tally.sounder_ratings)
}
