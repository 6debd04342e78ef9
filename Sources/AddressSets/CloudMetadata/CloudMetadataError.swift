public import Programs

/// A question that a cloud's metadata service did not answer. `absent`: nothing answers at its address; it may be
/// switched off for this machine.
public typealias CloudMetadataError = ProgramError<HTTPRefusal>
