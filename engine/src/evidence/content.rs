//! What may be kept as evidence: told by its content, never by its name. A picture is decoded within
//! limits and written anew, upright, so that nothing of the camera's notes (where, when, whose) stays.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

/// Largest file, in bytes.
pub const BYTES_MAX: usize = 15 * 1024 * 1024;
/// Longest side of a picture that is decoded at all, in pixels.
const SIDE_MAX: u32 = 12_000;
/// Most pixels of a picture that is decoded at all.
const PIXELS_MAX: u64 = 50_000_000;
/// Most memory that decoding one takes, in bytes.
const MEMORY_MAX: u64 = 256 * 1024 * 1024;
/// Longest side of a picture that is kept, in pixels: a house number can still be read.
const KEPT_SIDE: u32 = 2_560;
/// Quality of what is written anew, of 100.
const QUALITY: u8 = 85;

/// A file that may be kept.
#[derive(Debug)]
pub struct Accepted {
    /// What is kept.
    pub content: Vec<u8>,
    /// What it is.
    pub media_type: &'static str,
    /// Width and height of a picture, in pixels.
    pub size: Option<(u32, u32)>,
}

/// Why a file may not be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It has too many bytes.
    #[error("the file is larger than {BYTES_MAX} bytes")]
    TooLarge,
    /// It has too many pixels.
    #[error("the picture has more than {PIXELS_MAX} pixels or a side of more than {SIDE_MAX}")]
    TooManyPixels,
    /// It is of no kind that is kept.
    #[error("neither a picture (JPEG, PNG, WebP) nor a PDF, MP4, MP3, WAV or AMR")]
    UnknownKind,
    /// It begins like a picture and is none.
    #[error("the picture cannot be read")]
    Broken,
}

/// Looks at a file and makes it fit to be kept. Takes a processor for up to a second: not for an
/// asynchronous task.
///
/// # Errors
/// [`Unfit`].
pub fn accept(content: Vec<u8>) -> Result<Accepted, Unfit> {
    if content.is_empty() {
        return Err(Unfit::Empty);
    }
    if content.len() > BYTES_MAX {
        return Err(Unfit::TooLarge);
    }
    match infer::get(&content).map(|kind| kind.mime_type()) {
        Some("image/jpeg") => picture(&content, ImageFormat::Jpeg),
        Some("image/png") => picture(&content, ImageFormat::Png),
        Some("image/webp") => picture(&content, ImageFormat::WebP),
        Some(media_type @ ("application/pdf" | "video/mp4" | "audio/mpeg" | "audio/x-wav" | "audio/amr")) => {
            Ok(Accepted { content, media_type, size: None })
        }
        _ => Err(Unfit::UnknownKind),
    }
}

fn picture(content: &[u8], format: ImageFormat) -> Result<Accepted, Unfit> {
    let mut reader = ImageReader::with_format(Cursor::new(content), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(MEMORY_MAX);
    reader.limits(limits);
    let unfit = |error: image::ImageError| match error {
        image::ImageError::Limits(_) => Unfit::TooManyPixels,
        _ => Unfit::Broken,
    };
    let mut decoder = reader.into_decoder().map_err(unfit)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(Unfit::TooManyPixels);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(unfit)?;
    picture.apply_orientation(orientation);
    if picture.width().max(picture.height()) > KEPT_SIDE {
        picture = picture.thumbnail(KEPT_SIDE, KEPT_SIDE);
    }
    let picture = on_white(picture);
    let mut written = Vec::new();
    JpegEncoder::new_with_quality(&mut written, QUALITY).encode_image(&picture).map_err(unfit)?;
    let size = Some((picture.width(), picture.height()));
    Ok(Accepted { content: written, media_type: "image/jpeg", size })
}

/// JPEG knows no transparency: what shows through is white, not black.
fn on_white(picture: DynamicImage) -> DynamicImage {
    if !picture.color().has_alpha() {
        return DynamicImage::ImageRgb8(picture.into_rgb8());
    }
    let mut seen = image::RgbImage::new(picture.width(), picture.height());
    for (to, from) in seen.pixels_mut().zip(picture.into_rgba8().pixels()) {
        let [red, green, blue, alpha] = from.0.map(u32::from);
        let mix = |value: u32| u8::try_from((value * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX);
        to.0 = [mix(red), mix(green), mix(blue)];
    }
    DynamicImage::ImageRgb8(seen)
}

#[cfg(test)]
mod specs {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image::RgbImage::from_fn(width, height, |x, _| {
            if x < width / 2 { image::Rgb([200, 0, 0]) } else { image::Rgb([0, 0, 200]) }
        })
        .write_to(&mut bytes, ImageFormat::Png)
        .unwrap();
        bytes.into_inner()
    }

    /// A photograph as a phone makes it: held upright, turned by a note, with the place in it.
    fn photograph_with_notes() -> Vec<u8> {
        let mut jpeg = Vec::new();
        let picture = image::load_from_memory(&png(40, 20)).unwrap();
        JpegEncoder::new(&mut jpeg).encode_image(&picture).unwrap();
        // TIFF, little end first: one entry, Orientation (0x0112) = 6, then a text that stands for GPS.
        let mut notes = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
        notes.extend_from_slice(b"GPS 31.26N 120.63E");
        let length = u16::try_from(notes.len() + 2).unwrap().to_be_bytes();
        let mut marked = vec![0xff, 0xd8, 0xff, 0xe1];
        marked.extend_from_slice(&length);
        marked.extend_from_slice(&notes);
        marked.extend_from_slice(&jpeg[2..]);
        marked
    }

    #[test]
    fn a_photograph_stands_upright_and_tells_nothing_of_where_it_was_taken() {
        let accepted = accept(photograph_with_notes()).unwrap();
        assert_eq!((accepted.media_type, accepted.size), ("image/jpeg", Some((20, 40))));
        let has = |text: &[u8]| accepted.content.windows(text.len()).any(|part| part == text);
        assert!(!has(b"GPS") && !has(b"Exif"));
    }

    #[test]
    fn a_large_picture_is_made_smaller() {
        let accepted = accept(png(4000, 1000)).unwrap();
        assert_eq!(accepted.size, Some((2560, 640)));
    }

    #[test]
    fn what_shows_through_is_white() {
        let mut bytes = Cursor::new(Vec::new());
        image::RgbaImage::new(8, 8).write_to(&mut bytes, ImageFormat::Png).unwrap();
        let accepted = accept(bytes.into_inner()).unwrap();
        let picture = image::load_from_memory(&accepted.content).unwrap().into_rgb8();
        assert!(picture.pixels().all(|pixel| pixel.0.iter().all(|value| *value > 250)));
    }

    #[test]
    fn a_picture_of_absurd_size_is_refused_before_it_is_decoded() {
        let mut bomb = png(2, 2);
        // The width and height of the first chunk; its sum is not looked at before them.
        bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        assert!(matches!(accept(bomb).unwrap_err(), Unfit::TooManyPixels | Unfit::Broken));
    }

    #[test]
    fn a_page_or_a_program_is_no_evidence_whatever_its_name() {
        assert_eq!(accept(b"<html><script>alert(1)</script>".to_vec()).unwrap_err(), Unfit::UnknownKind);
        assert_eq!(
            accept(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec()).unwrap_err(),
            Unfit::UnknownKind
        );
        assert_eq!(accept(Vec::new()).unwrap_err(), Unfit::Empty);
        assert_eq!(accept(vec![0; BYTES_MAX + 1]).unwrap_err(), Unfit::TooLarge);
        let mut cut = png(40, 40);
        cut.truncate(60);
        assert_eq!(accept(cut).unwrap_err(), Unfit::Broken);
    }

    #[test]
    fn a_document_is_kept_as_it_is() {
        let accepted = accept(b"%PDF-1.7 text".to_vec()).unwrap();
        assert_eq!(
            (accepted.media_type, accepted.content.as_slice()),
            ("application/pdf", &b"%PDF-1.7 text"[..])
        );
    }
}
