internal import CLinux

/// The space on the file system of a file.
public enum FileSystemSpace {
  /// The share of the file system of the regular file at `path` that anybody may still use, 0 to 1.
  public static func freeShare(of path: String) throws(SystemError) -> Double {
    let descriptor = try Descriptor(reading: path)
    var share = 1.0
    var bytes: UInt64 = 0
    try checked("measure the file system of \(path)", hw_free_space(descriptor.number, &share, &bytes))
    return share
  }
}
