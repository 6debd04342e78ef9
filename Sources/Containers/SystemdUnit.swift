public import LinuxSystem

/// Finds the names of systemd units in cgroup paths.
public enum SystemdUnit {
  /// The innermost `.service` or `.scope` that is not a container's: `nginx.service`, `session-3.scope`, or a unit of
  /// the user's own systemd below `user@1000.service`. Nil outside systemd.
  public static func innermost(in path: String) -> String? {
    path.split(separator: "/").last { component in
      (component.hasSuffix(".service") || component.hasSuffix(".scope")) && component.utf8.count > 8
        && ContainerCgroup.all(in: "/\(component)").isEmpty
        && ContainerCgroup.all(in: "/machine.slice/\(component)").isEmpty
    }.map(String.init)
  }

  /// The unit from the v2 path, or on older hosts from systemd's own hierarchy.
  public static func innermost(in paths: [CgroupPath]) -> String? {
    let candidates = paths.filter(\.isUnified) + paths.filter { $0.controllers.contains("name=systemd") }
    return candidates.lazy.compactMap { innermost(in: $0.path) }.first
  }

  /// Resolves `\x2d` (a dash) and its like in a unit's name (systemd.unit(5), "string escaping").
  static func unescaped(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "x"), rest.count >= 3,
        let value = UInt8(String(decoding: rest.dropFirst().prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
