//! 挂账、延期、剔除: always beside a score, so that none is had by them. Counted against what was due.

use super::{Ratio, Tally, Weights};

/// 挂账率 = suspended ÷ due.
pub fn suspended(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.suspended, tally.due())
}

/// 延期率 = extended ÷ due.
pub fn extended(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.extended, tally.due())
}

/// 剔除率 = excluded ÷ due, the excluded among them.
pub fn excluded(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.excluded, tally.due() + tally.excluded)
}
