//! What is counted: the numbers from which every figure is made. Sums over cases, so that two periods, two
//! units or two days add up; whole numbers until the last division.

use std::ops::{AddAssign, Neg};

macro_rules! tally {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// Numbers that add up. A difference of two may be negative.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
        pub struct Tally {
            $($(#[doc = $doc])+ pub $name: i64,)+
        }

        impl Tally {
            /// The names of the numbers, in order.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),+];

            /// The numbers, in order.
            pub fn values(&self) -> [i64; Self::NAMES.len()] {
                [$(self.$name),+]
            }

            /// The numbers, in order, to be changed.
            pub(crate) fn values_mut(&mut self) -> [&mut i64; Self::NAMES.len()] {
                [$(&mut self.$name),+]
            }
        }
    };
}

tally! {
    /// Cases, but for those that are excluded (剔除), void (作废) or a test.
    cases,
    /// Excluded cases: they are in no other number.
    excluded,
    /// Cases that somebody complained of.
    complaints,
    /// Cases that a grid found itself (巡查发现).
    patrol,
    /// Cases that somebody here still has to do something for.
    open,
    /// Closed cases.
    closed,
    /// Cases whose result was handed in within its limit.
    in_time,
    /// Cases whose result was handed in after it.
    late,
    /// Cases whose limit has passed without a result.
    overdue,
    /// Closed cases whose closing time is within the limit.
    closed_in_time,
    /// Closed cases that were neither reopened nor failed a check.
    closed_at_once,
    /// Closed cases that had been reopened.
    closed_reopened,
    /// Closed cases whose first unit led them to the end.
    closed_first_lead,
    /// Cases closed by a grid.
    closed_at_grid,
    /// Cases closed by a community or below.
    closed_at_community,
    /// Checks that were made.
    checks,
    /// Checks that failed.
    failed_checks,
    /// Dispatches: of one case as many as units were given it.
    dispatched,
    /// Dispatches that ended with an approved return.
    returned,
    /// Dispatches after which the case went to another unit.
    redispatched,
    /// Dispatches with a limit for signing that were signed or have passed it.
    to_sign,
    /// Of those, signed within the limit.
    signed_in_time,
    /// Cases with a limit for the first contact that had one or have passed it.
    to_contact,
    /// Of those, contacted within the limit.
    contacted_in_time,
    /// Cases whose complainant is to be called back, or was.
    to_callback,
    /// Of those, called at least once.
    attempted,
    /// Valid callbacks: the complainant was reached (V).
    valid,
    /// Of V: the unit had been in touch.
    contacted,
    /// Of V: the matter is solved.
    solved,
    /// Of V: 满意.
    satisfied,
    /// Of V: 基本满意.
    fairly_satisfied,
    /// Of V: 不满意.
    dissatisfied,
    /// Of V: 不评价.
    no_answer,
    /// Cases that were suspended at least once.
    suspended,
    /// Cases that were extended at least once.
    extended,
    /// Whistles that were sounded.
    whistles,
    /// Units called, but for those whose decline was upheld.
    called,
    /// Of those, responded.
    responded,
    /// Of those, responded within the limit.
    responded_in_time,
    /// Of those called, reported in.
    arrived,
    /// Of those called, finished their part.
    finished,
    /// Ratings that sounders gave to called units.
    ratings,
    /// The sum of them.
    score,
    /// Ratings that called units gave to sounders.
    sounder_ratings,
    /// The sum of them.
    sounder_score,
    /// Escalations.
    escalations,
    /// Of those, past a rung.
    skips,
    /// Complaints that came again: merged into another case, or sent once more.
    repeated,
    /// Parts of co-units that are finished or have passed their limit.
    co_parts,
    /// Of those, finished within the limit.
    co_in_time,
    /// Supervision orders that were issued.
    orders,
    /// Of those, struck off (销号).
    orders_closed,
    /// Notices that were circulated.
    notices,
    /// Of those, rectified.
    notices_rectified,
}

impl Tally {
    /// 应办结: the result came, or its limit has passed.
    pub fn due(&self) -> i64 {
        self.in_time + self.late + self.overdue
    }

    /// In few bytes: the place of each number that is not zero, and the number.
    pub(crate) fn pack(&self) -> Vec<u8> {
        let mut packed = Vec::new();
        for (place, value) in (0_u8..).zip(self.values()) {
            if value != 0 {
                packed.push(place);
                // Few are greater than a hundred, and no count of one case is negative.
                let mut rest = value.unsigned_abs();
                while rest >= 128 {
                    packed.push((rest % 128) as u8 | 128);
                    rest /= 128;
                }
                packed.push((rest % 128) as u8);
            }
        }
        packed
    }

    /// What [`Tally::pack`] made; none where it cannot be read.
    pub(crate) fn unpack(packed: &[u8]) -> Option<Self> {
        let mut tally = Self::default();
        let mut values = tally.values_mut();
        let mut bytes = packed.iter();
        while let Some(place) = bytes.next() {
            let (mut value, mut unit) = (0_i64, 1_i64);
            loop {
                let byte = bytes.next()?;
                value += i64::from(byte % 128) * unit;
                if *byte < 128 {
                    break;
                }
                unit = unit.checked_mul(128)?;
            }
            **values.get_mut(usize::from(*place))? = value;
        }
        Some(tally)
    }

    /// So many times the same.
    #[must_use]
    pub fn times(mut self, count: i64) -> Self {
        self.values_mut().into_iter().for_each(|value| *value *= count);
        self
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        for (sum, value) in self.values_mut().into_iter().zip(other.values()) {
            *sum += value;
        }
    }
}

impl Neg for Tally {
    type Output = Self;

    fn neg(self) -> Self {
        self.times(-1)
    }
}

impl std::iter::Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |mut sum, tally| {
            sum += tally;
            sum
        })
    }
}

#[cfg(test)]
mod specs {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(values in proptest::collection::vec(0_i64..100_000, Tally::NAMES.len())) {
            let mut tally = Tally::default();
            tally.values_mut().into_iter().zip(&values).for_each(|(number, value)| *number = *value);
            prop_assert_eq!(Tally::unpack(&tally.pack()), Some(tally));
        }
    }

    #[test]
    fn bytes_that_are_no_tally_are_told() {
        assert_eq!(Tally::unpack(&[250, 1]), None);
        assert_eq!(Tally::unpack(&[1, 200]), None);
        assert_eq!(Tally::unpack(&[]), Some(Tally::default()));
    }
}
