"""Settings of files: where they are kept, how large they may be, how many an account may have."""

from __future__ import annotations

from pydantic_settings import BaseSettings

from parlour.settings.fields import at_least, setting

MB = 1 << 20


class FileSettings(BaseSettings):
    """Where files are kept, and what one file, one account and one image may take."""

    files: str | None = setting(
        None,
        "Where files are kept: a folder, or `s3://bucket/prefix`; default: the folder `files` beside the database.",
        why="S3 needs the extra `parlour[s3]` and takes its keys and region from the usual `AWS_…` variables.",
    )
    file_bytes: int = setting(
        25 * MB, "Largest file.", unit="bytes", told=True, why="A photo, a voice message or a short video."
    )
    files_owned: int = setting(
        1024 * MB,
        "Files that one account keeps; the same content counts once, wherever it is shown.",
        unit="bytes",
        told=True,
        why="Nobody fills the disk alone.",
    )
    file_pixels: int = setting(
        50_000_000,
        "Pixels of an image: width times height, as its header has them.",
        unit="pixels",
        why="Each takes four bytes in the memory of everybody who looks at it.",
    )
    avatar_bytes: int = setting(
        512 * 1024, "Largest avatar.", unit="bytes", told=True, why="It is shown small, beside every message."
    )
    uploads_per_minute: int = setting(
        60, "Uploads of one account.", unit="a minute", told=True, why="People send an album."
    )
    upload_bytes_per_hour: int = setting(
        200 * MB,
        "Bytes that one account uploads.",
        unit="an hour",
        told=True,
        why="Each byte is written, and read by others.",
        bounds=at_least(1),
    )
