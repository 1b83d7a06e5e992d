//! The number that people see on a case: `20261120-7K3QD2MX`.

use sha2::{Digest, Sha256};

use crate::ids::CaseId;

/// Digits and capitals without those that are misread (I, L, O, U).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The case's number: the day it came in (as `YYYYMMDD`) and eight random-looking characters.
///
/// Never sequential: an order would betray cases that a reader may not see. Forty bits drawn
/// from the case id make a collision on one day unlikely even at a hundred thousand cases
/// (about one in two hundred).
pub fn case_number(id: CaseId, day: jiff::civil::Date) -> String {
    numbered(&Sha256::digest(id.0.as_bytes()), day)
}

/// The number of a paper about a case (督办单 `DB-…`, 通报 `TB-…`), likewise neither sequential nor telling
/// which case it is about.
pub fn paper_number(kind: &str, case_no: &str, count: u32, day: jiff::civil::Date) -> String {
    let digest = Sha256::digest(format!("{kind}|{case_no}|{count}"));
    format!("{kind}-{}", numbered(&digest, day))
}

fn numbered(digest: &[u8], day: jiff::civil::Date) -> String {
    let mut number = format!("{:04}{:02}{:02}-", day.year(), day.month(), day.day());
    let mut bits: u64 = 0;
    for byte in digest.iter().take(5) {
        bits = (bits << 8) | u64::from(*byte);
    }
    for place in (0..8).rev() {
        let index = (bits >> (place * 5)) & 31;
        number.push(char::from(ALPHABET[index as usize]));
    }
    number
}

#[cfg(test)]
mod specs {
    use super::*;
    use jiff::civil::date;
    use uuid::Uuid;

    #[test]
    fn a_number_shows_the_day_and_hides_the_order() {
        let first = case_number(CaseId(Uuid::from_u128(1)), date(2026, 11, 20));
        let second = case_number(CaseId(Uuid::from_u128(2)), date(2026, 11, 20));
        assert!(first.starts_with("20261120-") && first.len() == 17);
        assert_ne!(first, second);
        assert_eq!(first, case_number(CaseId(Uuid::from_u128(1)), date(2026, 11, 20)));
    }
}
