"""Asks an S3 server what it does through boto3 and prints a line for each case: `ok NAME` or `not ok NAME: SEEN`.

The server is given by ENDPOINT, AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
"""

import hashlib
import io
import os
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

MIB = 1 << 20
CASES = []


def connect(**more):
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        retries={"total_max_attempts": 1},
        max_pool_connections=32,
    )
    options = {"endpoint_url": os.environ["ENDPOINT"], "region_name": os.environ["AWS_REGION"], "config": config}
    return boto3.session.Session().client("s3", **{**options, **more})


def make_bucket(client, name):
    # the first region has no name of its own here
    region = os.environ["AWS_REGION"]
    more = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    client.create_bucket(Bucket=name, **more)


def case(name, expected):
    def register(run):
        CASES.append((name, expected, run))
        return run

    return register


def refusal(error):
    return f"{error.response['ResponseMetadata']['HTTPStatusCode']} {error.response['Error']['Code']}"


def outcome(call, *args, **kwargs):
    try:
        return str(call(*args, **kwargs)["ResponseMetadata"]["HTTPStatusCode"])
    except ClientError as error:
        return refusal(error)


def pattern(length, seed=1):
    block = b"".join(hashlib.sha256(f"{seed}/{i}".encode()).digest() for i in range(min(length // 32 + 1, 4096)))
    return (block * (length // len(block) + 1))[:length]


def md5(data):
    return hashlib.md5(data).hexdigest()


class Subject:
    """A client and a bucket of the case's own."""

    def __init__(self, client, bucket):
        self.client = client
        self.bucket = bucket

    def put(self, key, body=b"", **more):
        return self.client.put_object(Bucket=self.bucket, Key=key, Body=body, **more)

    def get(self, key, **more):
        return self.client.get_object(Bucket=self.bucket, Key=key, **more)

    def read(self, key, **more):
        return self.get(key, **more)["Body"].read()

    def keys(self, **more):
        return [one["Key"] for one in self.client.list_objects_v2(Bucket=self.bucket, **more).get("Contents", [])]

    def upload(self, key="k", **more):
        begun = self.client.create_multipart_upload(Bucket=self.bucket, Key=key, **more)
        return {"Bucket": self.bucket, "Key": key, "UploadId": begun["UploadId"]}

    def part(self, upload, number, body):
        return {"PartNumber": number, "ETag": self.client.upload_part(**upload, PartNumber=number, Body=body)["ETag"]}

    def complete(self, upload, *parts):
        return self.client.complete_multipart_upload(**upload, MultipartUpload={"Parts": list(parts)})

    def header(self, operation, name, value):
        """Adds a header that this version of boto3 has no parameter for to all such requests, before they are signed."""

        def add(params, **_):
            params["headers"][name] = value

        self.client.meta.events.register(f"before-call.s3.{operation}", add)


@case("bucket: made, there, listed, removed, gone", ["200", True, "204", "404 404"])
def _(s):
    name = f"{s.bucket}-more"
    make_bucket(s.client, name)
    there = outcome(s.client.head_bucket, Bucket=name)
    listed = name in [one["Name"] for one in s.client.list_buckets()["Buckets"]]
    removed = outcome(s.client.delete_bucket, Bucket=name)
    return [there, listed, removed, outcome(s.client.head_bucket, Bucket=name)]


@case("bucket: not empty, not there", ["409 BucketNotEmpty", "404 NoSuchBucket", "404 NoSuchBucket"])
def _(s):
    s.put("k")
    return [
        outcome(s.client.delete_bucket, Bucket=s.bucket),
        outcome(s.client.list_objects_v2, Bucket="not-there"),
        outcome(s.client.put_object, Bucket="not-there", Key="k", Body=b""),
    ]


@case("PUT and GET of bytes", [True, True, True])
def _(s):
    found = []
    for length in (0, 1, 5 * MIB + 3):
        body = pattern(length)
        etag = s.put("k", body)["ETag"]
        found.append(s.read("k") == body and etag == f'"{md5(body)}"')
    return found


@case("PUT of a stream", True)
def _(s):
    body = pattern(300_000)
    s.put("k", io.BytesIO(body))
    return s.read("k") == body


@case("PUT of eight streams at once", True)
def _(s):
    bodies = [pattern(2 * MIB, seed) for seed in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: s.put(f"k{i}", io.BytesIO(bodies[i])), range(8)))
    return all(s.read(f"k{i}") == body for i, body in enumerate(bodies))


for algorithm, value in (
    ("CRC32", "NhCmhg=="),
    ("SHA1", "qvTGHdzF6KLavt4PO0gs2a6pQ00="),
    ("SHA256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="),
):

    @case(f"checksum {algorithm}: kept, given back, a wrong one refused", [value, value, b"hello", "400 BadDigest"])
    def _(s, algorithm=algorithm):
        field = f"Checksum{algorithm}"
        put = s.put("k", b"hello", ChecksumAlgorithm=algorithm)
        got = s.get("k", ChecksumMode="ENABLED")
        wrong = outcome(s.put, "wrong", b"hullo", **{field: put.get(field, value)})
        return [put.get(field), got.get(field), got["Body"].read(), wrong]


@case("checksum: Content-MD5", ["200", "400 BadDigest"])
def _(s):
    right = "XUFAKrxLKna5cZ2REBfFkg=="
    return [outcome(s.put, "k", b"hello", ContentMD5=right), outcome(s.put, "k", b"hullo", ContentMD5=right)]


@case("metadata and headers come back", [{"a": "1", "b-c": "x  y"}, "text/csv", "max-age=1", {"a": "1", "b-c": "x  y"}])
def _(s):
    s.put("k", b"body", Metadata={"a": "1", "b-c": "x  y"}, ContentType="text/csv", CacheControl="max-age=1")
    head = s.client.head_object(Bucket=s.bucket, Key="k")
    return [head["Metadata"], head["ContentType"], head["CacheControl"], s.get("k")["Metadata"]]


@case("HEAD: length, ETag, date", [4, f'"{md5(b"body")}"', True])
def _(s):
    s.put("k", b"body")
    head = s.client.head_object(Bucket=s.bucket, Key="k")
    return [head["ContentLength"], head["ETag"], head["LastModified"].tzinfo is not None]


@case("ranges: inside, open, suffix, clipped, too long a suffix", [b"bc", b"fgh", b"gh", b"gh", b"abcdefgh"])
def _(s):
    s.put("k", b"abcdefgh")
    ranges = ("bytes=1-2", "bytes=5-", "bytes=-2", "bytes=6-99", "bytes=-99")
    return [s.read("k", Range=one) for one in ranges]


@case("ranges: 206 with its Content-Range, 416 beyond the end", [206, "bytes 1-2/8", "416 InvalidRange"])
def _(s):
    s.put("k", b"abcdefgh")
    got = s.get("k", Range="bytes=1-2")
    status = got["ResponseMetadata"]["HTTPStatusCode"]
    return [status, got["ContentRange"], outcome(s.get, "k", Range="bytes=8-9")]


@case("errors: NoSuchKey of GET, 404 of HEAD", ["404 NoSuchKey", "404 404"])
def _(s):
    return [outcome(s.get, "k"), outcome(s.client.head_object, Bucket=s.bucket, Key="k")]


ORDERED = ["-", "A", "a", "a b", "a+b", "a/1", "a/b/2", "a0", "b", "é", "\uFFFD", "\U0001F600"]


@case("list: in the order of UTF-8 bytes", ORDERED)
def _(s):
    for key in reversed(ORDERED):
        s.put(key)
    return s.keys()


@case("list: prefix, delimiter, start-after", [["a/1", "a/b/2"], ["a/b/"], ["a/1"], ["a0", "b"]])
def _(s):
    for key in ("a/1", "a/b/2", "a0", "b"):
        s.put(key)
    found = s.client.list_objects_v2(Bucket=s.bucket, Prefix="a/", Delimiter="/")
    return [
        s.keys(Prefix="a/"),
        [one["Prefix"] for one in found["CommonPrefixes"]],
        [one["Key"] for one in found["Contents"]],
        s.keys(StartAfter="a/b/2"),
    ]


@case("list: the first version, with a marker", [["a", "b"], True, ["c"]])
def _(s):
    for key in ("a", "b", "c"):
        s.put(key)
    first = s.client.list_objects(Bucket=s.bucket, MaxKeys=2)
    second = s.client.list_objects(Bucket=s.bucket, Marker="b")
    names = [[one["Key"] for one in page["Contents"]] for page in (first, second)]
    return [names[0], first["IsTruncated"], names[1]]


@case("list: paginator", [[3, 3, 3, 1], True])
def _(s):
    names = [f"p/{i}" for i in range(10)]
    for key in names:
        s.put(key)
    pages = s.client.get_paginator("list_objects_v2").paginate(Bucket=s.bucket, PaginationConfig={"PageSize": 3})
    found = [[one["Key"] for one in page["Contents"]] for page in pages]
    return [[len(page) for page in found], sum(found, []) == names]


@case("list: paginator with a delimiter", ["a/", "b/", "c", "d/", "e"])
def _(s):
    for key in ("a/1", "a/2", "b/1", "c", "d/1", "d/2", "e"):
        s.put(key)
    paginator = s.client.get_paginator("list_objects_v2")
    found = []
    for page in paginator.paginate(Bucket=s.bucket, Delimiter="/", PaginationConfig={"PageSize": 1}):
        found += [one["Prefix"] for one in page.get("CommonPrefixes", [])]
        found += [one["Key"] for one in page.get("Contents", [])]
    return found


@case("multipart: parts, their list, the object", [[1, 2], True, 2, []])
def _(s):
    first, second = pattern(5 * MIB), pattern(99, 2)
    upload = s.upload()
    parts = [s.part(upload, 1, first), s.part(upload, 2, second)]
    listed = [one["PartNumber"] for one in s.client.list_parts(**upload)["Parts"]]
    s.complete(upload, *parts)
    body = s.read("k")
    etag = s.client.head_object(Bucket=s.bucket, Key="k")["ETag"]
    open_uploads = s.client.list_multipart_uploads(Bucket=s.bucket).get("Uploads", [])
    return [listed, body == first + second, int(etag.strip('"').split("-")[1]), open_uploads]


@case("multipart: ListMultipartUploads, aborted", [["a", "b"], "204", ["b"], "404 NoSuchUpload"])
def _(s):
    def listed():
        return [one["Key"] for one in s.client.list_multipart_uploads(Bucket=s.bucket)["Uploads"]]

    first, _second = s.upload("a"), s.upload("b")
    before = listed()
    aborted = outcome(s.client.abort_multipart_upload, **first)
    return [before, aborted, listed(), outcome(s.client.upload_part, **first, PartNumber=1, Body=b"x")]


@case("multipart: too small, not sent", ["400 EntityTooSmall", "400 InvalidPart"])
def _(s):
    small = s.upload()
    parts = [s.part(small, 1, b"x"), s.part(small, 2, b"y")]
    absent = s.upload()
    s.part(absent, 1, b"x")
    return [outcome(s.complete, small, *parts), outcome(s.complete, absent, {"PartNumber": 2, "ETag": '"0"'})]


@case("multipart: a part copied by range", True)
def _(s):
    body = pattern(6 * MIB)
    s.put("a b+c", body)
    upload = s.upload()
    copied = s.client.upload_part_copy(
        **upload, PartNumber=1, CopySource={"Bucket": s.bucket, "Key": "a b+c"}, CopySourceRange="bytes=7-5242886"
    )
    s.complete(upload, {"PartNumber": 1, "ETag": copied["CopyPartResult"]["ETag"]})
    return s.read("k") == body[7:5242887]


@case("transfer manager: up in parts by threads, down by ranges", [True, True])
def _(s):
    body = pattern(21 * MIB + 5)
    config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, max_concurrency=8)
    s.client.upload_fileobj(io.BytesIO(body), s.bucket, "k", Config=config, ExtraArgs={"Metadata": {"a": "1"}})
    down = io.BytesIO()
    s.client.download_fileobj(s.bucket, "k", down, Config=config)
    return [down.getvalue() == body, s.get("k")["Metadata"] == {"a": "1"}]


@case("transfer manager: copy in parts", True)
def _(s):
    body = pattern(12 * MIB)
    s.put("k", body)
    config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
    s.client.copy({"Bucket": s.bucket, "Key": "k"}, s.bucket, "copy", Config=config)
    return s.read("copy") == body


@case("copy: with metadata, with new metadata", [b"body", {"a": "1"}, {"b": "2"}, "404 NoSuchKey"])
def _(s):
    s.put("é +%20", b"body", Metadata={"a": "1"})
    source = {"Bucket": s.bucket, "Key": "é +%20"}
    s.client.copy_object(Bucket=s.bucket, Key="c", CopySource=source)
    got = s.get("c")
    s.client.copy_object(Bucket=s.bucket, Key="c", CopySource=source, MetadataDirective="REPLACE", Metadata={"b": "2"})
    absent = outcome(s.client.copy_object, Bucket=s.bucket, Key="c", CopySource={"Bucket": s.bucket, "Key": "no"})
    return [got["Body"].read(), got["Metadata"], s.get("c")["Metadata"], absent]


@case("delete: one, again, many, many quietly", ["204", "204", ["a", "<b>&"], [], ["rest"]])
def _(s):
    for key in ("k", "a", "<b>&", "c", "rest"):
        s.put(key)
    one = [outcome(s.client.delete_object, Bucket=s.bucket, Key="k") for _ in range(2)]

    def many(quiet, *names):
        what = {"Quiet": quiet, "Objects": [{"Key": name} for name in names]}
        return [gone["Key"] for gone in s.client.delete_objects(Bucket=s.bucket, Delete=what).get("Deleted", [])]

    return [*one, sorted(many(False, "a", "<b>&"), reverse=True), many(True, "c"), s.keys()]


@case("conditional read: 412 and 304", ["200", "412 PreconditionFailed", "304 304", "200", "304 304"])
def _(s):
    etag = s.put("k", b"body")["ETag"]
    written = s.get("k")["LastModified"]
    return [
        outcome(s.get, "k", IfMatch=etag),
        outcome(s.get, "k", IfMatch='"other"'),
        outcome(s.get, "k", IfNoneMatch=etag),
        outcome(s.get, "k", IfNoneMatch='"other"'),
        outcome(s.get, "k", IfModifiedSince=written),
    ]


@case("conditional write: If-None-Match * by 16 threads, 10 times: one wins, its bytes stay", [1] * 10)
def _(s):
    s.header("PutObject", "If-None-Match", "*")
    wins = []
    with ThreadPoolExecutor(16) as pool:
        for turn in range(10):
            bodies = [pattern(10_000, f"{turn}/{i}") for i in range(16)]
            seen = list(pool.map(lambda body, key=f"race/{turn}": outcome(s.put, key, body), bodies))
            lost = [one for one in seen if one in ("412 PreconditionFailed", "409 ConditionalRequestConflict")]
            left = s.read(f"race/{turn}")
            won = [body for body, one in zip(bodies, seen) if one == "200" and body == left]
            wins.append(len(won) if len(lost) == 15 else seen)
    return wins


@case("conditional write: If-Match", ["412 PreconditionFailed", b"first", "200", b"second"])
def _(s):
    etag = s.put("k", b"first")["ETag"]
    other, held = Subject(connect(), s.bucket), Subject(connect(), s.bucket)
    other.header("PutObject", "If-Match", '"0123456789abcdef0123456789abcdef"')
    held.header("PutObject", "If-Match", etag)
    return [outcome(other.put, "k", b"lost"), s.read("k"), outcome(held.put, "k", b"second"), s.read("k")]


@case("conditional complete: If-None-Match * does not overwrite", ["412 PreconditionFailed", b"first"])
def _(s):
    s.put("k", b"first")
    s.header("CompleteMultipartUpload", "If-None-Match", "*")
    upload = s.upload()
    return [outcome(s.complete, upload, s.part(upload, 1, b"second")), s.read("k")]


def answered(url, method="GET", data=None):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method, data=data)) as answer:
            return f"{answer.status} {answer.read().decode()}"
    except urllib.error.HTTPError as error:
        text = error.read().decode()
        return f"{error.code} {text.split('<Code>')[1].split('</Code>')[0]}"


def presigned(s, operation, key="k", seconds=600):
    return s.client.generate_presigned_url(operation, Params={"Bucket": s.bucket, "Key": key}, ExpiresIn=seconds)


@case("presigned GET and PUT", ["200 body", "200 é", "200 "])
def _(s):
    s.put("k", b"body")
    s.put("a b+c/é%", "é".encode())
    put = answered(presigned(s, "put_object", "new"), "PUT", b"new")
    return [answered(presigned(s, "get_object")), answered(presigned(s, "get_object", "a b+c/é%")), put]


@case("presigned: for another key, of another method, changed", ["403 SignatureDoesNotMatch"] * 3)
def _(s):
    s.put("k", b"body")
    url = presigned(s, "get_object")
    changed = url[:-1] + ("0" if url[-1] != "0" else "1")
    return [answered(url.replace("/k?", "/j?")), answered(url, "DELETE"), answered(changed)]


@case("authentication: wrong secret, unknown key", ["403 SignatureDoesNotMatch", "403 InvalidAccessKeyId"])
def _(s):
    s.put("k", b"body")
    wrong = Subject(connect(aws_secret_access_key="wrong", aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"]), s.bucket)
    unknown = Subject(connect(aws_secret_access_key="wrong", aws_access_key_id="AKIDNOBODY"), s.bucket)
    return [outcome(wrong.get, "k"), outcome(unknown.get, "k")]


@case("authentication: none", ["403 AccessDenied", "403 AccessDenied"])
def _(s):
    s.put("k", b"body")
    url = f"{os.environ['ENDPOINT']}/{s.bucket}/k"
    return [answered(url), answered(url, "PUT", b"changed")]


ODD = ["a b", "a+b", "a%20b", "a&b", "<a>", "a?b#c", "é/日本", "😀", "a//b", "//", "a/", "..", "a/../b", "~!*'()", "n" * 1024]


@case("keys: odd ones", [True, True, []])
def _(s):
    for key in ODD:
        s.put(key, key.encode())
    read = all(s.read(key) == key.encode() for key in ODD)
    listed = s.keys() == sorted(ODD, key=str.encode)
    for key in ODD:
        s.client.delete_object(Bucket=s.bucket, Key=key)
    return [read, listed, s.keys()]


@case("concurrency: 64 range reads by 32 threads, each byte compared", 64)
def _(s):
    body = pattern(64 * 65_536 + 17)
    s.put("k", body)

    def right(i):
        start = i * 65_536 + i % 13
        end = min(start + 65_536, len(body))
        return s.read("k", Range=f"bytes={start}-{end - 1}") == body[start:end]

    with ThreadPoolExecutor(32) as pool:
        return sum(pool.map(right, range(64)))


def main():
    setup = connect()
    for number, (name, expected, run) in enumerate(CASES):
        bucket = f"foreign-{number}"
        make_bucket(setup, bucket)
        try:
            seen = run(Subject(connect(), bucket))
        except ClientError as error:
            seen = refusal(error)
        except Exception as error:  # a case that breaks is a line of the report, the others still run
            seen = f"{type(error).__name__}: {error}"
        print(f"ok {name}" if seen == expected else f"not ok {name}: {seen!r}", flush=True)


main()
