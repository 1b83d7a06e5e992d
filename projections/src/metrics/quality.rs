//! 办理质量: whether once was enough, and whose case it was.

use super::{Ratio, Tally, Weights};

/// 一次办结率 = closed, neither reopened nor failed ÷ closed. `[S]`
pub fn at_once(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.closed_at_once, tally.closed)
}

/// 重办率 = closed, and reopened before ÷ closed. `[S]`
pub fn reopened(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.closed_reopened, tally.closed)
}

/// 返工率 = checks failed ÷ checks. `[C]`
pub fn rework(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.failed_checks, tally.checks)
}

/// 退单率 = approved returns ÷ dispatched: counted for the unit that sent back.
pub fn returned(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.returned, tally.dispatched)
}

/// 错误派遣率 = dispatched again to another unit ÷ dispatched: the dispatcher's fault, counted for the unit that was
/// given what was not its own. `[C]`
pub fn misdirected(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.redispatched, tally.dispatched)
}

/// 主办牵头率 = closed with the first unit leading to the end ÷ closed (首接负责, 北京条例 §14; the formula is `[D]`).
pub fn first_lead(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.closed_first_lead, tally.closed)
}

/// 重复诉求率 = came again ÷ all. Who complained is sealed, so that it was the same is what a person said by merging,
/// or the sender by sending it once more; the formula's 30 days are those of the merging. `[D]`
pub fn repeated(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.repeated, tally.cases)
}
