package savepoint.restore;

import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputViewStreamWrapper;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.state.CompletedCheckpointStorageLocation;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyGroupRangeOffsets;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedBackendSerializationProxy;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.PhysicalStateHandleID;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.changelog.ChangelogStateBackendHandle;
import org.apache.flink.runtime.state.filesystem.AbstractFsCheckpointStorageAccess;
import org.apache.flink.runtime.state.filesystem.FileStateHandle;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A snapshot's metadata, read with Flink's own classes. */
final class Snapshot {
    final Path path;
    final CheckpointMetadata metadata;

    private Snapshot(Path path, CheckpointMetadata metadata) {
        this.path = path;
        this.metadata = metadata;
    }

    String uri() {
        return path.toUri().toString();
    }

    /** The path itself, or the newest JOB/chk-N below it. */
    static Path find(String path) throws IOException {
        Path p = Path.of(path).toAbsolutePath().normalize();
        if (Files.isRegularFile(p) || Files.exists(p.resolve("_metadata")))
            return p;
        if (!Files.isDirectory(p))
            throw new IOException("no such snapshot: " + path);
        try (Stream<Path> below = Files.walk(p, 2)) {
            return below.filter(d -> Files.exists(d.resolve("_metadata")))
                    .max(Comparator.comparingLong(d -> d.resolve("_metadata").toFile().lastModified()))
                    .orElseThrow(() -> new IOException("no _metadata in or below " + path));
        }
    }

    static Snapshot read(String path) throws IOException {
        Path p = find(path);
        CompletedCheckpointStorageLocation at = AbstractFsCheckpointStorageAccess.resolveCheckpointPointer(p.toUri().toString());
        try (DataInputStream in = new DataInputStream(at.getMetadataHandle().openInputStream())) {
            return new Snapshot(p, Checkpoints.loadCheckpointMetadata(in, Snapshot.class.getClassLoader(), at.getExternalPointer()));
        }
    }

    /** What the keyed state handles of an operator say about its states. */
    static final class Keyed {
        private TypeSerializerSnapshot<?> key;
        private final Map<String, StateMetaInfoSnapshot> states = new LinkedHashMap<>();

        synchronized TypeSerializer<?> keySerializer() {
            return key.restoreSerializer();
        }

        /** For the use of one thread. */
        synchronized TypeSerializer<?> serializer(StateMetaInfoSnapshot state, StateMetaInfoSnapshot.CommonSerializerKeys which) {
            return state.getTypeSerializerSnapshot(which).restoreSerializer().duplicate();
        }

        Iterable<StateMetaInfoSnapshot> states() {
            return states.values();
        }
    }

    /** Null where the operator has no keyed state. */
    Keyed keyed(OperatorID id) throws IOException {
        Keyed keyed = new Keyed();
        for (OperatorState operator : metadata.getOperatorStates())
            if (operator.getOperatorID().equals(id))
                for (OperatorSubtaskState subtask : operator.getStates())
                    for (KeyedStateHandle handle : subtask.getManagedKeyedState())
                        header(handle, keyed);
        return keyed.key == null ? null : keyed;
    }

    /**
     * Is the snapshot written for a job of this parallelism: has each subtask its own key groups in one handle, and files of
     * its own? Flink looks at none of this where the job has the parallelism that the snapshot tells.
     */
    void checkFor(int parallelism, int maxParallelism) {
        for (OperatorState operator : metadata.getOperatorStates()) {
            String at = "operator " + Jobs.label(operator.getOperatorID().toString()) + ": ";
            if (operator.getParallelism() != parallelism || operator.getMaxParallelism() != maxParallelism)
                throw new IllegalStateException(at + "parallelism " + operator.getParallelism() + " of " + operator.getMaxParallelism());
            Map<PhysicalStateHandleID, Integer> owners = new HashMap<>();
            operator.getSubtaskStates().forEach((subtask, state) -> {
                KeyGroupRange own = KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex(maxParallelism, parallelism, subtask);
                checkSubtask(at + "subtask " + subtask + ": ", state, own);
                for (StreamStateHandle file : files(state)) {
                    Integer owner = owners.putIfAbsent(file.getStreamStateHandleID(), subtask);
                    if (owner != null && !owner.equals(subtask))
                        throw new IllegalStateException(at + "subtasks " + owner + " and " + subtask + " have " + file);
                }
            });
        }
    }

    private static void checkSubtask(String at, OperatorSubtaskState state, KeyGroupRange own) {
        if (state.getManagedKeyedState().size() > 1 || state.getRawKeyedState().size() > 1)
            throw new IllegalStateException(at + "several handles of keyed state");
        for (KeyedStateHandle handle : state.getManagedKeyedState())
            if (!handle.getKeyGroupRange().equals(own))
                throw new IllegalStateException(at + "keyed state of " + handle.getKeyGroupRange() + ", not of " + own);
        for (KeyedStateHandle handle : state.getRawKeyedState())
            if (!handle.getKeyGroupRange().equals(own))
                throw new IllegalStateException(at + "raw keyed state of " + handle.getKeyGroupRange() + ", not of " + own);
    }

    private static List<StreamStateHandle> files(OperatorSubtaskState state) {
        List<StreamStateHandle> files = new ArrayList<>();
        for (KeyedStateHandle handle : state.getManagedKeyedState())
            if (handle instanceof KeyGroupsStateHandle) {
                files.add(((KeyGroupsStateHandle) handle).getDelegateStateHandle());
            } else {
                IncrementalRemoteKeyedStateHandle rocksdb = (IncrementalRemoteKeyedStateHandle) handle;
                files.add(rocksdb.getMetaDataStateHandle());
                rocksdb.getSharedState().forEach(f -> files.add(f.getHandle()));
                rocksdb.getPrivateState().forEach(f -> files.add(f.getHandle()));
            }
        for (KeyedStateHandle handle : state.getRawKeyedState())
            files.add(((KeyGroupsStateHandle) handle).getDelegateStateHandle());
        for (OperatorStateHandle handle : state.getManagedOperatorState())
            files.add(handle.getDelegateStateHandle());
        for (OperatorStateHandle handle : state.getRawOperatorState())
            files.add(handle.getDelegateStateHandle());
        return files;
    }

    /** Has every changelog a part that is materialized? */
    boolean isMaterialized() {
        for (OperatorState operator : metadata.getOperatorStates())
            for (OperatorSubtaskState subtask : operator.getStates())
                for (KeyedStateHandle handle : subtask.getManagedKeyedState())
                    if (handle instanceof ChangelogStateBackendHandle
                            && ((ChangelogStateBackendHandle) handle).getMaterializedStateHandles().isEmpty())
                        return false;
        return true;
    }

    private static void header(KeyedStateHandle handle, Keyed keyed) throws IOException {
        StreamStateHandle header;
        if (handle instanceof ChangelogStateBackendHandle) {
            for (KeyedStateHandle h : ((ChangelogStateBackendHandle) handle).getMaterializedStateHandles())
                header(h, keyed);
            return;
        }
        if (handle instanceof KeyGroupsStateHandle)
            header = (StreamStateHandle) handle;
        else if (handle instanceof IncrementalRemoteKeyedStateHandle)
            header = ((IncrementalRemoteKeyedStateHandle) handle).getMetaDataStateHandle();
        else
            throw new IOException("keyed state handle of an unknown kind: " + handle.getClass().getName());
        KeyedBackendSerializationProxy<?> proxy = new KeyedBackendSerializationProxy<>(Snapshot.class.getClassLoader());
        try (InputStream in = header.openInputStream()) {
            proxy.read(new DataInputViewStreamWrapper(in));
        }
        keyed.key = proxy.getKeySerializerSnapshot();
        for (StateMetaInfoSnapshot s : proxy.getStateMetaInfoSnapshots())
            keyed.states.putIfAbsent(s.getName(), s);
    }

    /**
     * A copy that lacks the key group with the most bytes: its offset becomes 0, which Flink takes for empty. For tests
     * of the tests: such a snapshot restores without a word.
     */
    String copyWithoutOneKeyGroup(Path to) throws IOException {
        List<Path> files;
        try (Stream<Path> s = Files.list(path)) {
            files = s.collect(Collectors.toList());
        }
        Files.createDirectories(to);
        for (Path f : files)
            Files.copy(f, to.resolve(f.getFileName()));
        KeyGroupRangeOffsets victim = null;
        int group = 0;
        long most = 0;
        for (OperatorState operator : metadata.getOperatorStates())
            for (OperatorSubtaskState subtask : operator.getStates())
                for (KeyedStateHandle handle : subtask.getManagedKeyedState()) {
                    KeyGroupRangeOffsets offsets = ((KeyGroupsStateHandle) handle).getGroupRangeOffsets();
                    KeyGroupRange range = offsets.getKeyGroupRange();
                    for (int g = range.getStartKeyGroup(); g < range.getEndKeyGroup(); g++) {
                        long start = offsets.getKeyGroupOffset(g); /* 0: empty already */
                        long bytes = offsets.getKeyGroupOffset(g + 1) - start;
                        if (start > 0 && bytes > most) {
                            victim = offsets;
                            group = g;
                            most = bytes;
                        }
                    }
                }
        if (victim == null)
            throw new IOException("no key group to drop");
        victim.setKeyGroupOffset(group, 0);
        try (OutputStream out = Files.newOutputStream(to.resolve("_metadata"))) {
            Checkpoints.storeCheckpointMetadata(metadata, out);
        }
        return "dropped key group " + group + " of " + most + " bytes";
    }

    /** Puts the files of each RocksDB handle under their original names, as a database that RocksDB opens. */
    void layOut(Path to) throws IOException {
        for (OperatorState operator : metadata.getOperatorStates())
            for (OperatorSubtaskState subtask : operator.getStates())
                for (KeyedStateHandle handle : subtask.getManagedKeyedState()) {
                    IncrementalRemoteKeyedStateHandle rocksdb = (IncrementalRemoteKeyedStateHandle) handle;
                    Path directory = to.resolve(Jobs.label(operator.getOperatorID().toString())
                            + "-" + handle.getKeyGroupRange().getStartKeyGroup());
                    Files.createDirectories(directory);
                    for (HandleAndLocalPath f : rocksdb.getSharedState())
                        link(f, directory);
                    for (HandleAndLocalPath f : rocksdb.getPrivateState())
                        link(f, directory);
                }
    }

    private static void link(HandleAndLocalPath file, Path directory) throws IOException {
        Path at = directory.resolve(file.getLocalPath());
        if (file.getHandle() instanceof FileStateHandle)
            Files.createSymbolicLink(at, Path.of(((FileStateHandle) file.getHandle()).getFilePath().getPath()));
        else
            try (InputStream in = file.getHandle().openInputStream()) {
                Files.copy(in, at);
            }
    }
}
