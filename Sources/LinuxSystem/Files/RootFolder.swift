internal import CLinux

/// A root directory that may be another's, such as a container's `/proc/PID/root`, and what is found below it.
///
/// Links are resolved inside it, absolute ones too, so that nothing a container puts there leads out of it (openat2(2)
/// with RESOLVE_IN_ROOT). Errors of kernels before 5.6 are ENOSYS.
public struct RootFolder: Hashable, Sendable, CustomStringConvertible {
  /// `/`, `/proc/811/root`
  public let path: String

  public init(_ path: String) { self.path = path }

  /// What processes of this process's own mount namespace see.
  public static let own = RootFolder("/")

  /// The root of process `pid`, for which ptrace access is needed.
  public init(ofProcess pid: Int32, processes: String = "/proc") { path = "\(processes)/\(pid)/root" }

  public var description: String { path }

  /// The path by which this process would reach `inner`, for people: links are not resolved in it.
  public func shown(_ inner: String) -> String { path == "/" ? inner : path + inner }

  /// Reads a whole regular file. One that is larger than `limit` bytes is refused (`fileTooLarge`).
  ///
  /// The bytes are in one place only: a caller that finds secrets can erase them.
  public func read(_ inner: String, limit: Int = 4 << 20) throws(SystemError) -> [UInt8] {
    let operation = "read \(shown(inner))"
    var size: UInt64 = 0
    let file = Descriptor(owning: try checked(operation, hw_open_inside(path, inner, true, &size)))
    guard size <= UInt64(limit) else { throw SystemError(operation, .fileTooLarge) }
    // Files of /proc say that they are empty.
    let capacity = size == 0 ? min(limit, 64 << 10) : Int(size)
    var failure = 0
    var content = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, used in
      while used < capacity, let base = buffer.baseAddress {
        let count = hw_read(file.number, base + used, capacity - used)
        if count <= 0 {
          failure = count
          break
        }
        used += count
      }
    }
    if failure < 0 {
      Secrets.erase(&content)
      throw SystemError(operation, Errno(Int32(clamping: -failure)))
    }
    return content
  }

  /// The names in a directory, ascending, but `.` and `..`.
  public func names(in inner: String) throws(SystemError) -> [String] {
    let operation = "list \(shown(inner))"
    let folder = Descriptor(owning: try checked(operation, hw_open_inside(path, inner, false, nil)))
    do throws(SystemError) {
      let names = try Directory.list("/proc/self/fd/\(folder.number)").map(\.name).sorted()
      try folder.close()
      return names
    } catch {
      throw SystemError(operation, error.errno)
    }
  }

  /// Connects to a UNIX socket below the root. The deadline, `timeout` from now, holds for everything that follows.
  public func connect(_ inner: String, timeout: Duration) throws(SystemError) -> StreamConnection {
    let operation = "connect to \(shown(inner))"
    let socket = Descriptor(owning: try checked(operation, hw_open_inside(path, inner, false, nil)))
    do throws(SystemError) {
      let stream = try StreamConnection.unix("/proc/self/fd/\(socket.number)", called: shown(inner), timeout: timeout)
      // Not before: the path leads through the descriptor.
      try socket.close()
      return stream
    } catch {
      throw SystemError(operation, error.errno)
    }
  }
}
