//! 督办、通报: what was ordered, and whether it was done.

use super::{Ratio, Tally, Weights};

/// 督办销号率 = orders struck off ÷ orders issued.
pub fn orders(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.orders_closed, tally.orders)
}

/// 通报整改率 = notices rectified ÷ notices circulated.
pub fn notices(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.notices_rectified, tally.notices)
}
