internal import CLinux

/// The kernel that this process runs on, and its user.
public enum Kernel {
  /// The release: `6.1.0-18-amd64`. Shell counterpart: `uname -r`. It needs no /proc.
  public static var release: String { names.release }

  /// The host's name and the kernel's release (uname(2)).
  static var names: (name: String, release: String) {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 130) { space in
      space.initialize(repeating: 0)
      guard let name = space.baseAddress, hw_system_names(name, name + 65) == 0 else { return ("", "") }
      return (String(cString: name), String(cString: name + 65))
    }
  }

  /// Whether the release is older than `major.minor`. A distribution may have backported newer features. So what a
  /// kernel can do is found by trying, and this decides only the order.
  public static func isBefore(_ major: Int, _ minor: Int) -> Bool {
    let numbers = release.split(separator: ".").prefix(2).map { Int($0.prefix { $0.isNumber }) ?? 0 }
    guard numbers.count == 2 else { return false }
    return (numbers[0], numbers[1]) < (major, minor)
  }

  /// The boot id: different after every boot and on every host; empty if it may not be read.
  public static var bootID: String { line(of: "/proc/sys/kernel/random/boot_id") }

  /// The architecture as `uname -m` prints it: `x86_64`, `aarch64`.
  public static var architecture: String {
    #if arch(x86_64)
      "x86_64"
    #elseif arch(arm64)
      "aarch64"
    #else
      "unknown"
    #endif
  }

  /// The effective user id of this process.
  public static var user: UInt32 { hw_effective_user() }

  private static func line(of path: String) -> String {
    // Everyone may read it; where /proc is hidden the text is empty, as documented.
    let bytes = (try? Descriptor(reading: path).readToEnd(limit: 256)) ?? []
    return String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self)
  }
}
