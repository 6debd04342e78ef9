import Lab
import Testing

/// Root file systems with as little in them as there can be, as Docker images.
enum BareRoot: String, CaseIterable, CustomTestStringConvertible {
  /// One static program and its folders.
  case busybox
  /// The same with musl for a C library, as Alpine has it.
  case musl

  static let loader = "/lib/ld-musl-x86_64.so.1"
  static let requirements: [Requirement] = Requirement.docker + [.program("busybox"), .program("file"), .file(loader)]
  /// The size of `/www/page`.
  static let pageBytes = 300_000

  var testDescription: String { rawValue }

  /// Makes the image of this name on the host's daemon.
  func makeImage(on host: TestHost) throws {
    let script = #"""
      set -e
      file -L "$(command -v busybox)" | grep -q 'statically linked' || { echo "busybox is not static" >&2; exit 1; }
      root=$(mktemp -d) && cd $root
      mkdir bin tmp proc sys dev www && cp -L "$(command -v busybox)" bin/busybox && ln -s busybox bin/sh
      head -c "$2" /dev/zero | tr '\0' x > www/page
      if [ "$1" = musl ]; then
        mkdir -p lib/x86_64-linux-musl etc
        cp -L "$3" lib/x86_64-linux-musl/libc.so && ln -s x86_64-linux-musl/libc.so "lib/${3##*/}"
      fi
      # A program of glibc's, to show that there is none.
      cp -L /usr/bin/true glibc-true
      tar -c . | docker import - "$1"
      cd / && rm -rf $root
      """#
    try host.output(of: ["sh", "-c", script, "sh", rawValue, "\(Self.pageBytes)", Self.loader], timeout: .seconds(30))
  }

  /// That the container `small` is what it is meant to be.
  func check(_ host: TestHost) throws {
    let glibc = try host.run(["docker", "exec", "small", "/glibc-true"])
    #expect(glibc.status != 0, "a program of glibc runs in \(rawValue)")
    let files = try host.output(of: ["docker", "exec", "small", "/bin/busybox", "find", "/bin", "/www", "-type", "f"])
    #expect(files.split(separator: "\n").sorted() == ["/bin/busybox", "/www/page"])
    let musl = try host.run(["docker", "exec", "small", Self.loader])
    let says = musl.stdout + musl.stderr
    #expect(says.hasPrefix("musl libc (x86_64)") == (self == .musl), "\(says)")
  }
}
