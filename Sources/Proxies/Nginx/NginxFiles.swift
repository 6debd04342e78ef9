public import LinuxSystem

/// The source of configuration files: the files of a process, or texts in memory.
public protocol NginxFiles {
  /// The first bytes of a file, at most `limit`.
  func bytes(of path: String, limit: Int) throws(SystemError) -> [UInt8]
  /// The names in a folder, in any order.
  func names(in folder: String) throws(SystemError) -> [String]
}

extension RootFolder: NginxFiles {
  public func bytes(of path: String, limit: Int) throws(SystemError) -> [UInt8] {
    try read(path, limit: limit).bytes
  }
}

/// Files in memory by their absolute paths, such as those collected on another host.
public struct NginxFileTexts: NginxFiles, Sendable {
  public var texts: [String: [UInt8]]

  public init(_ texts: [String: [UInt8]]) { self.texts = texts }

  public func bytes(of path: String, limit: Int) throws(SystemError) -> [UInt8] {
    guard let text = texts[path] else { throw SystemError("read \(path)", .noSuchFile) }
    return Array(text.prefix(limit))
  }

  public func names(in folder: String) throws(SystemError) -> [String] {
    let start = folder.hasSuffix("/") ? folder : folder + "/"
    let names = texts.keys.filter { $0.hasPrefix(start) }.compactMap {
      $0.dropFirst(start.count).split(separator: "/").first.map(String.init)
    }
    guard !names.isEmpty else { throw SystemError("list \(folder)", .noSuchFile) }
    return Array(Set(names))
  }
}
