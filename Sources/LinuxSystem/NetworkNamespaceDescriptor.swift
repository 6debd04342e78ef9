internal import CLinux
public import Flows

/// An open network namespace. While it is open, the namespace exists.
public struct NetworkNamespaceDescriptor: ~Copyable, Sendable {
  /// The path that was opened, for errors.
  public let path: String
  private let descriptor: Descriptor

  /// Opens the namespace at `path`: `/proc/PID/ns/net`, `/run/netns/NAME`.
  public init(path: String) throws(SystemError) {
    self.path = path
    descriptor = try Descriptor(reading: path)
  }

  private init(owning descriptor: consuming Descriptor, path: String) {
    self.path = path
    self.descriptor = descriptor
  }

  /// A new namespace without a name and with its loopback up. It ends with its last descriptor, socket or process.
  /// Needs `CAP_SYS_ADMIN`.
  public static func anonymous() throws(SystemError) -> NetworkNamespaceDescriptor {
    let number = try checked("make a network namespace", hw_new_network_namespace())
    return NetworkNamespaceDescriptor(owning: Descriptor(owning: number), path: "/proc/self/fd/\(number)")
  }

  /// The file descriptor, valid while this value lives.
  public var number: Int32 { descriptor.number }

  /// The namespace's identity on its host.
  public var identity: Place {
    get throws(SystemError) {
      var device: UInt64 = 0
      var inode: UInt64 = 0
      // stat -Lc %i /proc/PID/ns/net
      try checked("identify \(path)", hw_file_identity("/proc/self/fd/\(number)", &device, &inode))
      return Place(namespace: inode)
    }
  }

  /// Runs `body` inside the namespace, on a separate thread that ends with it.
  public borrowing func run<Value: Sendable>(_ body: () throws -> Value) throws -> Value {
    let number = descriptor.number
    let path = path
    return try onOwnThread {
      // nsenter --net=PATH
      try checked("enter network namespace \(path)", hw_setns(number, HW_CLONE_NEWNET))
      return try body()
    }
  }
}
