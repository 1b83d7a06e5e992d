//! 回访: what the complainants say. V is the number of valid callbacks: those in which they were reached.

use super::{Ratio, Tally, Weights};

/// 响应率 = contacted ÷ V. `[C]`
pub fn response(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.contacted, tally.valid)
}

/// 解决率 = solved ÷ V. `[C]`
pub fn solution(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.solved, tally.valid)
}

/// 满意率 = (满意 + weight × 基本满意) ÷ V. The weight is data: 1.0, 0.9 or 0.6; 0.9 in `[C]`.
pub fn satisfaction(tally: &Tally, weights: &Weights) -> Ratio {
    let numerator = tally.satisfied * 1_000 + tally.fairly_satisfied * weights.fairly_satisfied;
    Ratio { numerator, denominator: tally.valid * 1_000, sample: tally.valid }
}

/// 综合得分（三率）= w₁·响应率 + w₂·解决率 + w₃·满意率, of 100. The weights are data: 30/35/35 `[S]`, 10/50/40 `[C]`.
pub fn composite(tally: &Tally, weights: &Weights) -> Ratio {
    let [response, solution, satisfaction] = weights.composite;
    let satisfied = self::satisfaction(tally, weights).numerator;
    let numerator = (response * tally.contacted + solution * tally.solved) * 1_000 + satisfaction * satisfied;
    let all = response + solution + satisfaction;
    Ratio { numerator, denominator: all * tally.valid * 1_000, sample: tally.valid }
}

/// 回访率 = attempted ÷ to be called back. A monthly sample of at least 10 % is `[S]`.
pub fn called_back(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.attempted, tally.to_callback)
}

/// 有效回访率 = V ÷ attempted.
pub fn valid(tally: &Tally, _: &Weights) -> Ratio {
    Ratio::of(tally.valid, tally.attempted)
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn fairly_satisfied_weighs_nine_tenths_and_no_answer_nothing() {
        let tally = Tally {
            valid: 40,
            satisfied: 20,
            fairly_satisfied: 10,
            dissatisfied: 5,
            no_answer: 5,
            ..Tally::default()
        };
        let ratio = satisfaction(&tally, &Weights::default());
        assert_eq!((ratio.thousandths(), ratio.sample), (Some(725), 40));
        let lenient = Weights { fairly_satisfied: 1_000, ..Weights::default() };
        assert_eq!(satisfaction(&tally, &lenient).thousandths(), Some(750));
    }

    #[test]
    fn the_three_rates_weigh_what_the_data_says() {
        let tally = Tally {
            valid: 100,
            contacted: 90,
            solved: 80,
            satisfied: 60,
            fairly_satisfied: 10,
            ..Tally::default()
        };
        // 0.30 × 90 % + 0.35 × 80 % + 0.35 × 69 %
        assert_eq!(composite(&tally, &Weights::default()).thousandths(), Some(792));
        let other = Weights { composite: [10, 50, 40], ..Weights::default() };
        // 0.10 × 90 % + 0.50 × 80 % + 0.40 × 69 %
        assert_eq!(composite(&tally, &other).thousandths(), Some(766));
    }
}
