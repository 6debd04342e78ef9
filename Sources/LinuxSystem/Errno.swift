internal import CLinux

/// An error number of the kernel, with the C library's text.
public struct Errno: Error, Hashable, Sendable, CustomStringConvertible {
  public let number: Int32
  public init(_ number: Int32) { self.number = number }

  public static let notPermitted = Errno(1)  // EPERM
  public static let noSuchFile = Errno(2)  // ENOENT
  public static let noSuchProcess = Errno(3)  // ESRCH
  public static let interrupted = Errno(4)  // EINTR
  public static let badDescriptor = Errno(9)  // EBADF
  public static let tryAgain = Errno(11)  // EAGAIN
  public static let noMemory = Errno(12)  // ENOMEM
  public static let accessDenied = Errno(13)  // EACCES
  public static let notFolder = Errno(20)  // ENOTDIR
  public static let isFolder = Errno(21)  // EISDIR
  public static let invalid = Errno(22)  // EINVAL
  public static let tooManyFiles = Errno(24)  // EMFILE
  public static let fileTooLarge = Errno(27)  // EFBIG
  public static let brokenPipe = Errno(32)  // EPIPE
  public static let endsEarly = Errno(61)  // ENODATA
  public static let noLibrary = Errno(79)  // ELIBACC
  public static let notSupported = Errno(95)  // EOPNOTSUPP
  public static let networkUnreachable = Errno(101)  // ENETUNREACH
  public static let noBufferSpace = Errno(105)  // ENOBUFS
  public static let timedOut = Errno(110)  // ETIMEDOUT
  public static let connectionRefused = Errno(111)  // ECONNREFUSED
  public static let hostUnreachable = Errno(113)  // EHOSTUNREACH

  /// Whether a privilege is missing.
  public var isDenial: Bool { self == .notPermitted || self == .accessDenied }

  /// Whether the object does not exist: no file, no process, or a component of the path that is no folder. Other errors
  /// do not say whether it exists.
  public var isAbsence: Bool { self == .noSuchFile || self == .noSuchProcess || self == .notFolder }

  public var description: String {
    var buffer = [CChar](repeating: 0, count: 128)
    hw_error_text(number, &buffer, buffer.count)
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// A system call that failed: what was attempted, and why it failed.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was attempted, in words for people: `read /proc/1/stat`.
  public let operation: String
  public let errno: Errno

  public init(_ operation: String, _ errno: Errno) {
    self.operation = operation
    self.errno = errno
  }

  public var description: String { "\(operation): \(errno)" }
}

/// Wraps every call that returns a value or -errno: returns the value or throws.
@discardableResult
public func checked<Value: SignedInteger & FixedWidthInteger>(
  _ operation: @autoclosure () -> String, _ result: Value
) throws(SystemError) -> Value {
  guard result >= 0 else { throw SystemError(operation(), Errno(Int32(clamping: -result))) }
  return result
}
