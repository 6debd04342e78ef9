internal import CLinux

/// Reads the names in a directory, or the links in it.
enum Directory {
  /// An entry of a directory: its name, its inode, and whether it is a directory itself.
  struct Entry {
    var name: String
    var inode: UInt64
    var isDirectory: Bool
  }

  /// All entries except `.` and `..`, in the kernel's order.
  static func list(_ path: String) throws(SystemError) -> [Entry] {
    var entries: [Entry] = []
    let result = withUnsafeMutablePointer(to: &entries) { pointer in
      hw_list_directory(
        path,
        { context, name, inode, isDirectory in
          guard let context, let name else { return false }
          let entry = Entry(name: String(cString: name), inode: inode, isDirectory: isDirectory)
          context.assumingMemoryBound(to: [Entry].self).pointee.append(entry)
          return true
        }, pointer)
    }
    try checked("list \(path)", result)
    return entries
  }

  /// The names in a directory that are numbers: pids in /proc, descriptors in /proc/PID/fd.
  static func numbers(_ path: String) throws(SystemError) -> [Int32] {
    var numbers: [Int32] = []
    let result = withUnsafeMutablePointer(to: &numbers) { pointer in
      hw_list_directory(
        path,
        { context, name, _, _ in
          guard let context, let name else { return false }
          let text = UnsafeBufferPointer(start: name, count: 12).prefix { $0 != 0 }
          if let number = Decimal.number(text.lazy.map { UInt8(bitPattern: $0) }), let pid = Int32(exactly: number) {
            context.assumingMemoryBound(to: [Int32].self).pointee.append(pid)
          }
          return true
        }, pointer)
    }
    try checked("list \(path)", result)
    return numbers
  }

  /// Calls `body` with the name and the target of every symbolic link in a directory.
  static func forEachLink(
    _ path: String, _ body: (_ name: UnsafePointer<CChar>, _ target: UnsafeRawBufferPointer) -> Void
  ) throws(SystemError) {
    let result = withoutActuallyEscaping(body) { body in
      var call = body
      return withUnsafeMutablePointer(to: &call) { pointer in
        hw_list_links(
          path,
          { context, name, target, length in
            guard let context, let name else { return false }
            typealias Body = (UnsafePointer<CChar>, UnsafeRawBufferPointer) -> Void
            context.assumingMemoryBound(to: Body.self).pointee(name, .init(start: target, count: length))
            return true
          }, pointer)
      }
    }
    try checked("list \(path)", result)
  }
}
